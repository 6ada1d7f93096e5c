// The elements of HTML, by what they do to the text of a page. A table; nothing else knows their names.
namespace Cti.Core

open System

/// What an element does to the text.
[<Struct; RequireQualifiedAccess>]
type internal HtmlTag =
    /// Stands inside of a line.
    | Inline
    /// Begins a new line.
    | Block
    | Heading
    | Item
    | Pre
    | Cell
    | HeaderCell
    | Row
    | Table
    /// Around the report: navigation, footer.
    | Chrome
    | Anchor
    | Code
    /// Holds no text.
    | Raw

[<RequireQualifiedAccess>]
module internal HtmlTag =
    let private tags =
        [
            struct (HtmlTag.Block,
                    "p div section article main ul ol dl dt dd thead tbody tfoot caption blockquote br hr form figure figcaption address body html head header title summary details option select button fieldset legend center dir menu canvas noscript")
            struct (HtmlTag.Heading, "h1 h2 h3 h4 h5 h6")
            struct (HtmlTag.Item, "li")
            struct (HtmlTag.Pre, "pre")
            struct (HtmlTag.Cell, "td")
            struct (HtmlTag.HeaderCell, "th")
            struct (HtmlTag.Row, "tr")
            struct (HtmlTag.Table, "table")
            struct (HtmlTag.Chrome, "nav footer aside")
            struct (HtmlTag.Anchor, "a")
            struct (HtmlTag.Code, "code tt kbd samp var")
            struct (HtmlTag.Raw,
                    "script style xmp iframe noembed noframes template textarea svg math video audio object")
        ]

    let private names = NameTable.ofTexts [ for struct (_, words) in tags -> words ]

    let private kinds: HtmlTag[] =
        [|
            for struct (kind, words) in tags do
                for _ in words.Split ' ' do
                    kind
        |]

    /// What the element of a name in lower case does; elements that are not known stand inside of a line.
    let ofName (name: ReadOnlySpan<byte>) : HtmlTag =
        let found = names.IndexOf name
        if found < 0 then HtmlTag.Inline else kinds[found]
