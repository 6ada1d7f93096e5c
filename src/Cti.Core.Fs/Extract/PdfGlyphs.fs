// The characters of a page, each with its place, in the order in which the page draws them. The door to PdfPig: it interprets fonts and drawing,
// nothing behind this file knows it.
namespace Cti.Core

open System
open System.Collections.Generic
open UglyToad.PdfPig
open UglyToad.PdfPig.Content
open UglyToad.PdfPig.Core
open UglyToad.PdfPig.Filters
open UglyToad.PdfPig.Geometry
open UglyToad.PdfPig.Graphics
open UglyToad.PdfPig.Graphics.Operations
open UglyToad.PdfPig.Parser
open UglyToad.PdfPig.PdfFonts
open UglyToad.PdfPig.Tokenization.Scanner

[<Flags>]
type internal PdfStyle =
    | None = 0
    /// All characters are of one width.
    | Mono = 1
    | Bold = 2

/// One character as drawn (several letters for a ligature). Places are in points, from the left and from the bottom of the page as a reader holds it
/// to read this character.
[<Struct; NoComparison; NoEquality>]
type internal PdfGlyph =
    {
        Text: string
        Left: float
        Right: float
        /// The line it stands on.
        Base: float
        Size: float
        /// Quarter turns by which it is rotated, 0 to 3.
        Turn: int
        Style: PdfStyle
    }

/// One page: its characters, and how the targets of its links are asked for, which may fail without them.
[<NoComparison; NoEquality>]
type internal PdfPage =
    {
        Glyphs: List<PdfGlyph>
        Links: unit -> string list
    }

/// Collects the characters of one page.
[<Sealed; AllowNullLiteral(false)>]
type private GlyphCollector
    (
        page: int,
        resources: IResourceStore,
        scanner: IPdfTokenScanner,
        contents: IPageContentParser,
        filters: ILookupFilterProvider,
        crop: CropBox,
        unit: UserSpaceUnit,
        rotation: PageRotationDegrees,
        matrix: TransformationMatrix,
        options: ParsingOptions,
        budget: PdfBudget
    ) =
    inherit
        BaseStreamProcessor<List<PdfGlyph>>(
            page,
            resources,
            scanner,
            contents,
            filters,
            crop,
            unit,
            rotation,
            &matrix,
            options
        )

    static let deepestForm = 24
    static let deepestState = 4096

    static let monoNames =
        [
            "mono"
            "courier"
            "consol"
            "menlo"
            "monaco"
            "typewriter"
            "cmtt"
            "sourcecode"
            "inconsolata"
            "andale"
            "lucidacon"
            "terminal"
            "fixed"
        ]

    let glyphs = List<PdfGlyph>()
    let styles = Dictionary<IFont, PdfStyle>(HashIdentity.Reference)
    let mutable forms = 0

    let styleOf (font: IFont) : PdfStyle =
        match styles.TryGetValue font with
        | true, style -> style
        | false, _ ->
            let name = font.Details.Name.ToLowerInvariant()

            let isMono =
                monoNames
                |> List.exists (fun part -> name.Contains(part, StringComparison.Ordinal))

            let isBold =
                font.Details.IsBold
                || font.Details.Weight >= 600
                || name.Contains("bold", StringComparison.Ordinal)

            let style =
                (if isMono then PdfStyle.Mono else PdfStyle.None)
                ||| (if isBold then PdfStyle.Bold else PdfStyle.None)

            styles[font] <- style
            style

    // Ligatures as the letters they stand for.
    static let spelled (text: string) : string =
        if text.Length <> 1 then
            text
        else
            match text[0] with
            | '\uFB00' -> "ff"
            | '\uFB01' -> "fi"
            | '\uFB02' -> "fl"
            | '\uFB03' -> "ffi"
            | '\uFB04' -> "ffl"
            | '\uFB05'
            | '\uFB06' -> "st"
            | '\u00A0'
            | '\t' -> " "
            // A place where a word may be parted.
            | '\u00AD' -> ""
            | value when Char.IsControl value -> ""
            | _ -> text

    // A text of control characters and halves of surrogate pairs would be no text later.
    static let isSound (text: string) =
        text.Length > 0
        && text.Length <= 16
        && not (text |> Seq.exists (fun value -> value < ' ' || value = '\uFFFD'))

    override this.Process(page, operations) =
        this.PageNumber <- page
        this.CloneAllStates() |> ignore
        this.ProcessOperations operations
        glyphs

    override this.ProcessOperations(operations) =
        budget.Step operations.Count
        base.ProcessOperations operations

    override _.ProcessFormXObject(form, name) =
        // A form may contain another that contains the first.
        if forms < deepestForm then
            forms <- forms + 1

            try
                base.ProcessFormXObject(form, name)
            finally
                forms <- forms - 1

    override this.PushState() =
        if this.GraphicsStack.Count > deepestState then
            budget.Refuse(ReadError.BrokenDocument("PDF", "states of drawing are nested without end"))

        base.PushState()

    override _.RenderGlyph
        (font, state, _, _, _, unicode, _, rendering, text, transformation, box: CharacterBoundingBox)
        =
        ignore state

        if glyphs.Count >= PdfBudget.MaxGlyphs then
            budget.Refuse(ReadError.DocumentTooRich $"%d{PdfBudget.MaxGlyphs} characters on one page")

        let letters = spelled unicode

        if isSound letters then
            let struct (startX, startY) =
                let struct (x, y) = rendering.Transform(0.0, 0.0)
                let struct (x, y) = text.Transform(x, y)
                transformation.Transform(x, y)

            let struct (endX, endY) =
                let struct (x, y) = rendering.Transform(box.Width, 0.0)
                let struct (x, y) = text.Transform(x, y)
                transformation.Transform(x, y)

            let struct (topX, topY) =
                let struct (x, y) = rendering.Transform(0.0, 1.0)
                let struct (x, y) = text.Transform(x, y)
                transformation.Transform(x, y)

            let size =
                sqrt ((topX - startX) * (topX - startX) + (topY - startY) * (topY - startY))

            let along = endX - startX
            let up = endY - startY
            // Text that is not drawn along one of the four directions is read as if it were along the nearest.
            let turn =
                if abs along >= abs up then
                    if along >= 0.0 then 0 else 2
                else if up > 0.0 then
                    1
                else
                    3

            let struct (left, right, line) =
                match turn with
                | 0 -> struct (startX, endX, startY)
                | 1 -> struct (startY, endY, -startX)
                | 2 -> struct (-startX, -endX, -startY)
                | _ -> struct (-startY, -endY, startX)

            if
                Double.IsFinite left
                && Double.IsFinite right
                && Double.IsFinite line
                && Double.IsFinite size
            then
                glyphs.Add
                    {
                        Text = letters
                        Left = left
                        Right = right
                        Base = line
                        Size = size
                        Turn = turn
                        Style = styleOf font
                    }

    // Nothing but text is collected.
    override _.RenderXObjectImage(_) = ()
    override _.RenderInlineImage(_) = ()
    override _.BeginSubpath() = ()
    override _.CloseSubpath() = Nullable()
    override _.StrokePath(_) = ()
    override _.FillPath(_, _) = ()
    override _.FillStrokePath(_, _) = ()
    override _.MoveTo(_, _) = ()
    override _.BezierCurveTo(_: float, _: float, _: float, _: float) = ()
    override _.BezierCurveTo(_: float, _: float, _: float, _: float, _: float, _: float) = ()
    override _.LineTo(_, _) = ()
    override _.Rectangle(_, _, _, _) = ()
    override _.EndPath() = ()
    override _.ClosePath() = ()
    override _.ModifyClippingIntersect(_) = ()
    override _.ClipToRectangle(_, _) = ()
    override _.BeginMarkedContent(_, _, _) = ()
    override _.EndMarkedContent() = ()
    override _.PaintShading(_) = ()

/// Made by the library, one per document.
[<Sealed; AllowNullLiteral(false)>]
type internal PdfPages
    (
        scanner: IPdfTokenScanner,
        resources: IResourceStore,
        filters: ILookupFilterProvider,
        contents: IPageContentParser,
        options: ParsingOptions
    ) =
    inherit BasePageFactory<PdfPage>(scanner, resources, filters, contents, options)

    let budget =
        match options.FilterProvider with
        | :? PdfFilters as own -> own.Budget
        | _ -> PdfBudget()

    override _.ProcessPage(page, dictionary, _, _, crop, unit, rotation, matrix, operations) =
        let collector =
            GlyphCollector(
                page,
                resources,
                scanner,
                PdfContents(contents, budget),
                filters,
                crop,
                unit,
                rotation,
                matrix,
                options,
                budget
            )

        {
            Glyphs = collector.Process(page, operations)
            Links = fun () -> PdfLinks.ofPage scanner budget dictionary
        }
