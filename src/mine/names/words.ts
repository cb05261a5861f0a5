/** One word of a text. */
export interface Token {
  /** The word as it is compared: lower case, singular, without possessive (`wordKey`). */
  key: string
  /** The word as written, and its start and end (exclusive) in the text. */
  surface: string
  from: number
  to: number
  /** Whether it is Chinese, Japanese or Korean. */
  cjk: boolean
}

const set = (words: string) => new Set(words.split(' '))

/** Function words: no phrase begins or ends with one. */
export const STOP_WORDS = set(
  'a an and or the of for with in on by to from at is it its your you my our their this that these those as be are ' +
    'not no new set kit pack size plus all up w de la le du des et per each every into out over under more most very ' +
    "you're we'll we're don't it's you'll i'm can't let's they're won't we've i've doesn't isn't " +
    'only can will has have one two three s amp via vs so if but do we i me he she they them his her who what when ' +
    'how why where which was were than then just get got about after before also any some other use used using us ' +
    'made make made now off own too best better good great there here been being would could should may might must ' +
    '的 了 是 在 和 与 及 或 等 很 都 也 就 不 没 没有 有 我 你 他 她 它 们 我们 你们 他们 咱们 自己 这 那 这个 那个 这些 那些 ' +
    '哪些 哪个 什么 怎么 怎样 如何 为什么 吗 呢 吧 啊 呀 哦 嘛 把 被 让 给 对 向 从 到 为 为了 以 于 而 但 但是 因为 所以 如果 ' +
    '可以 能 能够 会 要 想 去 来 上 下 里 中 内 外 前 后 时 一 二 两 三 四 五 六 七 八 九 十 几 个 款 只 支 瓶 盒 件 种 次 份 ' +
    '第 最 更 太 真 真的 超 超级 又 再 还 还是 还有 已经 之 其 用 做 好 多 少 大 小 新 比 跟 像 一个 一款 一次 一种 一些 这样 ' +
    '那么 就是 不是 只是 只有 不要 不用 不会 不能 每 每个 各 各种 所有 全 本 该 此 着 过 得 地 你的 我的 并 且 并且 以及 ' +
    '关于 通过 进行 使用 适合 非常 特别 十分 比较 有点 一点 一下 起来 出来 下来 时候 之后 之前 以后 以前 起 者 家 人 套 们的',
)

/** Words of packaging and of selling: no phrase holds one. */
export const FILLER_WORDS = set(
  'oz ounce fl fluid ml count ct pc piece pack pk inch lb gram g kg cm mm bottle tube jar box bag packaging vary ' +
    'misc amazon product item brand free shipping authentic genuine original sale hot quality high value lot bulk ' +
    'style type various assorted assortment guarantee guaranteed warranty result usa import imported http www com html ' +
    'isbn ref quot nbsp tm reg refund refunded risk satisfaction satisfied blowout limited offer discount deal bonus buy ' +
    'try money today money-back clearance exclusive leave 包邮 正品 新品 新款 热卖 热销 特价 促销 官方 旗舰店 专柜 同款 爆款 现货 批发 秒杀 优惠 折扣 厂家 直销 ' +
    '推荐 分享 必备 好用 好物 合集 收藏 建议 大家 姐妹 姐妹们 宝子 宝子们 家人们 个人 感觉 觉得 喜欢 真心 亲测 有效 绝绝子 ' +
    'yyds 安利 种草 拔草 系列 产品 商品 内容 视频 图片 图文',
)

/** Words that companies add to their names: "NYX Cosmetics" is NYX. */
export const COMPANY_WORDS = set(
  'cosmetic inc llc ltd co corp company laboratory laboratories lab labs brand paris london york milano group',
)

/** Colours, shades and sizes: they may describe, but never end a name. */
export const SHADE_WORDS = set(
  'black white red pink blue green purple brown blonde blond clear gold golden silver grey gray nude beige orange ' +
    'yellow light dark medium deep fair natural ivory bronze tan ebony coral peach plum rose ruby rouge navy teal ' +
    'turquoise violet lavender cream mocha honey caramel chestnut auburn burgundy copper porcelain sand taupe mauve ' +
    'berry cherry wine charcoal champagne espresso chocolate multicolor multi rainbow neon pastel metallic shimmer ' +
    'small large mini jumbo travel xl xxl unisex adult unscented scented fragrance-free ' +
    'left right front back color colour shade tone assorted size pair single double ' +
    '黑色 白色 红色 粉色 蓝色 绿色 紫色 棕色 金色 银色 灰色 米色 橙色 黄色 裸色 咖色 透明 女 男 女士 男士 男女 通用 均码 大号 小号 中号',
)

/** Words that say where, when or for whom a thing is, not what it is: no name of a thing ends with one. */
export const PLACE_WORDS = set(
  'eye face body lip nail hair skin foot feet hand leg scalp tooth teeth head neck woman man men women baby kid boy girl beauty ' +
    "care health home life world time day night year way people part everything other general miscellaneous men's " +
    'daily natural organic professional classic',
)

/** Words too general to be a name by themselves. */
export const WIDE_WORDS = set(
  'gift tool accessory accessories product supply supplies treatment formula system art thing story series collection ' +
    'others care control therapy solution look ingredient spot effect technology finish scent power strength action edition ' +
    'level grade number step phase stage maker decoration deeply gently naturally freshly instantly visibly clinically fully easily quickly beautifully perfectly ' +
    'simply truly lightly imax blu-ray dvd ultimate condition benefit complex quality feature design version choice line size 教程 攻略 测评 技巧 方法 指南 分钟 日常 生活 东西 问题 时间 世界 今天 最近 体验 效果 步骤 一起 开始 知道 选择 经验 ' +
    '清单 记录 vlog 日记 思路 心得 新手 入门',
)

/** Words that often end phrases but describe a thing instead of naming it. */
export const TRAIT_WORDS = set(
  'spf uv uva uvb vitamin spot wrinkle circle puffiness aging anti-aging antiaging eau curl frizz acne dandruff damage ' +
    'volume shine moisture repair renewal growth hold mineral strong free risk normal dry oily sensitive fine thick thin curly straight damaged clean fresh soft smooth full ' +
    'high low heavy light easy quick fast',
)

/** Adjectives that are always capitalised. */
export const PROPER_WORDS = set(
  'african american arabian argentinian australian austrian belgian brazilian british bulgarian canadian chinese dutch ' +
    'egyptian english ethiopian european french german greek hawaiian hungarian indian indonesian irish israeli italian ' +
    'jamaican japanese korean mexican moroccan nordic norwegian persian peruvian russian scandinavian scottish ' +
    'spanish swedish swiss thai tibetan turkish victorian vietnamese christmas halloween easter',
)

const CJK = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}々〇ー'
const LETTER = `(?:(?![${CJK}])[\\p{L}\\p{M}])`
/**
 * Matches a word that begins with a letter ("B5", "L'Oréal", "anti-aging") or with one or two digits ("3D"), a run of
 * CJK characters, or any other character.
 */
const RUN = new RegExp(
  `(\\d{0,2}${LETTER}(?:${LETTER}|\\d|['’](?=${LETTER}))*(?:[-&/]${LETTER}(?:${LETTER}|['’](?=${LETTER}))*)*)|([${CJK}]+)|[^\\s]`,
  'gu',
)
const HAS_CJK = new RegExp(`[${CJK}]`, 'u')

let segmenter: Intl.Segmenter | undefined

/**
 * Splits a text into runs of words that no punctuation or number separates. Chinese is segmented into words by
 * `Intl.Segmenter`; a space between two Chinese words ends a run, as it does in titles.
 */
export function splitRuns(text: string): Token[][] {
  const runs: Token[][] = []
  let run: Token[] = []
  const close = (): void => {
    if (run.length > 0) runs.push(run)
    run = []
  }
  for (const match of text.matchAll(RUN)) {
    const from = match.index
    const [whole, word, cjk] = match
    if (word !== undefined) {
      const key = wordKey(word)
      run.push({ key, surface: word, from, to: from + word.length, cjk: false })
    } else if (cjk !== undefined) {
      const last = run.at(-1)
      if (last?.cjk && last.to !== from) close()
      segmenter ??= new Intl.Segmenter('zh', { granularity: 'word' })
      for (const { segment, index } of segmenter.segment(cjk)) {
        run.push({ key: segment, surface: segment, from: from + index, to: from + index + segment.length, cjk: true })
      }
    } else if (whole !== '.' || text[from + 1] === ' ') close()
  }
  close()
  return runs
}

/** Whether a text has a Chinese, Japanese or Korean character. */
export function hasCjk(text: string): boolean {
  return HAS_CJK.test(text)
}

/**
 * The form of a word by which words are compared: lower case, without possessive and plural ("Brushes" -> "brush",
 * "Women's" -> "women").
 */
export function wordKey(word: string): string {
  let key = word
    .toLowerCase()
    .replace(/’/g, "'")
    .replace(/'s$/, '')
    .replace(/^'+|'+$/g, '')
  if (key.length <= 3) return key
  if (key.endsWith('ies') && key.length > 4) key = `${key.slice(0, -3)}y`
  else if (/(ss|us|is)$/.test(key)) return key
  else if (/(sh|ch|x|ss|zz)es$/.test(key)) key = key.slice(0, -2)
  else if (key.endsWith('s')) key = key.slice(0, -1)
  return key
}

const UNIT =
  '(?:fl\\.?\\s*oz\\.?|fluid[\\s-]*ounces?|fluid|fl|ounces?|oz\\.?|ml|mls|milliliters?|g|gr|grams?|kg|lbs?|pounds?|' +
  'liters?|litres?|l|mm|cm|inch(?:es)?|in\\.|"|″|ft|feet|count|ct|pcs?|pieces?|packs?|pk|each|units?|tablets?|' +
  'capsules?|watts?|w|volts?|v|mah|gb|tb|hz)'
const NUMBER = '\\d+(?:[.,/]\\d+)?'
const PACKS = /\b(?:pack|set|box|case|lot|bundle)\s+of\s+(?:\d+|one|two|three|four|five|six|ten|twelve)\b/gi
const COUNTS = /\b\d+\s*[- ]?\s*(?:pack|pk|count|ct|pcs|pieces?)\b/gi
const SIZES = new RegExp(
  `(?<![a-z0-9])\\.?${NUMBER}\\s*-?\\s*${UNIT}(?![a-z])(?:\\s*\\(?\\s*${NUMBER}\\s*${UNIT}(?![a-z])\\)?)?`,
  'gi',
)
const CJK_SIZES =
  /\d+(?:\.\d+)?\s*(?:毫升|千克|公斤|厘米|英寸|克|斤|片|支|瓶|盒|包|只|个|件套|件|袋|枚|粒|寸|米|元|块|(?:ml|g|kg|cm)(?![a-z]))/gi
const EMPTY = /\(\s*[,;./x-]*\s*\)|\[\s*\]/g
const CATEGORY_NOTE = /\[(?:health and beauty|misc\.?)\]/gi

/**
 * A title without sizes, counts and the brackets that this leaves empty, so that "3.4 oz" does not stand between words.
 */
export function stripSizes(title: string): string {
  return title
    .replace(CATEGORY_NOTE, ' ')
    .replace(CJK_SIZES, ' ')
    .replace(PACKS, ' ')
    .replace(COUNTS, ' ')
    .replace(SIZES, ' ')
    .replace(EMPTY, ' ')
}

/**
 * Flags of a word, as bits. `ender`: the word often ends a phrase and so names a thing; `brand`: it belongs to a
 * brand's name.
 */
export const WORD = { stop: 1, filler: 2, shade: 4, wide: 8, ender: 16, brand: 32, cjk: 64, place: 128 } as const
