"""The same ONNX file driven from Python's onnxruntime: one text a run, and length-sorted batches of 32.
python bench/peers/encode.py TEXTS.json THREADS  (pip install onnxruntime==1.30.0 tokenizers numpy)"""
import json, os, sys, time
threads = int(sys.argv[2])
for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'TOKENIZERS_PARALLELISM'):
    os.environ[name] = '1'
import numpy as np, onnxruntime as ort
from multiprocessing import get_context
from tokenizers import Tokenizer

root = os.path.join(os.path.dirname(__file__), '../../models/all-MiniLM-L6-v2')

def open_all():
    tokenizer = Tokenizer.from_file(root + '/tokenizer.json')
    tokenizer.no_padding(); tokenizer.enable_truncation(256)
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return tokenizer, ort.InferenceSession(root + '/onnx/model_quantized.onnx', options, providers=['CPUExecutionProvider'])

def encode(job):
    texts, batch = job
    tokenizer, session = open_all()
    session.run(None, {n.name: np.ones((1, 8), np.int64) for n in session.get_inputs()})
    started = time.time(); run = 0.0
    encoded = tokenizer.encode_batch(texts)
    order = sorted(range(len(texts)), key=lambda i: len(encoded[i].ids))
    out = np.zeros((len(texts), 384), np.float32)
    for start in range(0, len(order), batch):
        rows = order[start:start + batch]; longest = max(len(encoded[i].ids) for i in rows)
        ids = np.zeros((len(rows), longest), np.int64); mask = np.zeros_like(ids)
        for k, i in enumerate(rows):
            n = len(encoded[i].ids); ids[k, :n] = encoded[i].ids; mask[k, :n] = 1
        t = time.time()
        hidden = session.run(None, {'input_ids': ids, 'attention_mask': mask, 'token_type_ids': np.zeros_like(ids)})[0]
        run += time.time() - t
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
        out[rows] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return started, time.time(), run

if __name__ == '__main__':
    texts = json.load(open(sys.argv[1]))
    for batch in (1, 32):
        with get_context('spawn').Pool(threads) as pool:
            spans = pool.map(encode, [(texts[k::threads], batch) for k in range(threads)], chunksize=1)
        seconds = max(end for _, end, _ in spans) - min(start for start, _, _ in spans)
        print(json.dumps({'batch': batch, 'texts_per_second': round(len(texts) / seconds, 1)}))
