import { tidyText } from '../text.js'

/** Longest kind, in UTF-16 units. */
const MAX_TYPE = 64

/** Other words for a kind, in the form that `normaliseKind` gives. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    view: 'pageview page_view pv views viewed view_item item_view product_view detail_view detail_page_view visit 浏览 查看',
    click: 'clicks clicked clk tap open opened 点击',
    read: 'reads article_read 阅读',
    play: 'plays played watch watched video_play listen listened stream streamed scrobble 播放',
    cart: 'addtocart add_to_cart add_cart cart_add added_to_cart basket add_to_basket 加购 加入购物车',
    purchase: 'buy bought order ordered orders purchased transaction checkout_complete sale 购买 下单',
    review: 'reviews reviewed 评价',
    rating: 'rate rated ratings 评分',
    like: 'likes liked thumbs_up thumbsup upvote upvoted heart love loved 点赞 喜欢',
    save: 'saves saved fav favs favourite favorite favourited favorited bookmark bookmarked collect wishlist wish_list add_to_wishlist 收藏',
    share: 'shares shared retweet repost forward 分享 转发',
    subscribe: 'subscribed subscription follow followed 关注 订阅',
    comment: 'comments commented reply 评论',
    dislike: 'dislikes disliked thumbs_down thumbsdown downvote downvoted 不喜欢 点踩',
    not_interested: 'notinterested uninterested 不感兴趣',
    hide: 'hidden hid block blocked report reported mute muted 屏蔽 举报',
    return: 'returned refund refunded returns 退货 退款',
    skip: 'skips skipped 跳过',
    bounce: 'bounced',
    remove: 'remove_from_cart removefromcart removed unlike unsave unfollow unsubscribe delete 取消收藏',
    impression: 'impressions exposure shown imp 曝光',
  }).flatMap(([kind, words]) => words.split(' ').map((word): [string, string] => [word, kind])),
)

/**
 * The name under which a kind of event is stored: "Add to Cart" -> "cart". Lower case, spaces and hyphens as
 * underscores, known synonyms as one word; at most 64 characters, '' where nothing is left.
 */
export function normaliseKind(name: string): string {
  const kind = tidyText(name.trim().toLowerCase(), MAX_TYPE)
    .trim()
    .replace(/[\s-]+/g, '_')
  return ALIASES.get(kind) ?? kind
}
