// What one PDF may ask for: bytes unpacked, steps done, characters, pages. Counted at the doors that the library leaves open (filters, parsing and
// running of a page's contents), since it bounds little by itself (docs/decisions/0030-pdf.md). By work, never by the clock.
namespace Cti.Core

open System
open System.Collections.Generic
open UglyToad.PdfPig.Filters
open UglyToad.PdfPig.Parser
open UglyToad.PdfPig.Tokens

/// Ends the reading of a document from inside of the library; the budget knows why.
exception internal PdfRefused

/// One per document.
[<Sealed; AllowNullLiteral(false)>]
type internal PdfBudget() =
    static let mostUnpacked = 268_435_456L
    static let mostSteps = 50_000_000L
    static let mostContents = 16_777_216
    // The library's own guard against pages that contain themselves remembers a thousand: below, it always holds.
    static let mostChildren = 999
    let mutable unpacked = 0L
    let mutable steps = 0L
    let mutable children = 0

    /// Bytes a file may have.
    static member MaxBytes = 67_108_864

    /// Characters a document may have.
    static member MaxGlyphs = 8_000_000

    /// Why the document is refused; none so far.
    member val Fault: ReadError voption = ValueNone with get, set

    /// Refuses the document; whatever is asked for afterwards is refused too, should the library go on.
    member this.Refuse(error: ReadError) : unit =
        if this.Fault.IsNone then
            this.Fault <- ValueSome error

        raise PdfRefused

    /// Bytes that may still be unpacked.
    member _.Left = mostUnpacked - unpacked

    member this.Unpack(bytes: int64) =
        if this.Fault.IsSome || bytes > this.Left then
            this.Refuse(ReadError.DocumentTooRich $"%d{mostUnpacked >>> 20} MiB of unpacked data")

        unpacked <- unpacked + bytes

    /// Steps of drawing, or bytes of instructions to draw.
    member this.Step(count: int) =
        steps <- steps + int64 count

        if this.Fault.IsSome || steps > mostSteps then
            this.Refuse(ReadError.DocumentTooRich $"%d{mostSteps} steps of drawing")

    member this.Contents(bytes: int) =
        this.Step bytes

        if bytes > mostContents then
            this.Refuse(ReadError.DocumentTooRich $"%d{mostContents >>> 20} MiB of instructions on one page")

    /// Looks for trees in bytes that objects are read from.
    member this.Objects(bytes: Span<byte>) =
        match PdfNames.blind bytes with
        | -1 ->
            this.Refuse(
                ReadError.BrokenDocument(
                    "PDF",
                    "its tree of pages stands in parts that are not followed; print it anew"
                )
            )
        | count ->
            children <- children + count

            if children > mostChildren then
                this.Refuse(ReadError.DocumentTooRich $"%d{mostChildren} pages and parts of trees")

/// A filter of the library that asks the budget first.
[<Sealed; AllowNullLiteral(false)>]
type private BoundedFilter(inner: IFilter, packing: PdfPacking, budget: PdfBudget) =
    // Rows of a predictor are as long as the file says; the library makes room for them unasked.
    static let longestRow = 100_000
    static let mostBits = 32

    static let isTooLong (parameters: DictionaryToken) : bool =
        let isMore (name: NameToken) (limit: int) =
            match parameters.Data.TryGetValue name.Data with
            | true, (:? NumericToken as number) -> number.Double > float limit || number.Double < 0.0
            | _ -> false

        isMore NameToken.Columns longestRow
        || isMore NameToken.BitsPerComponent mostBits

    static let hasLongRows (dictionary: DictionaryToken) : bool =
        [ NameToken.DecodeParms; NameToken.Dp ]
        |> List.exists (fun name ->
            match dictionary.Data.TryGetValue name.Data with
            | true, (:? DictionaryToken as one) -> isTooLong one
            | true, (:? ArrayToken as several) ->
                several.Data
                |> Seq.exists (fun token ->
                    match token with
                    | :? DictionaryToken as one -> isTooLong one
                    | _ -> false)
            | _ -> false)

    static let isObjects (dictionary: DictionaryToken) : bool =
        match dictionary.Data.TryGetValue NameToken.Type.Data with
        | true, (:? NameToken as name) -> name.Data = NameToken.ObjStm.Data
        | _ -> false

    interface IFilter with
        member _.IsSupported = true

        member _.Decode(input, dictionary, provider, index) =
            if hasLongRows dictionary then
                budget.Refuse(ReadError.BrokenDocument("PDF", "a packed part says that its rows are endless"))

            budget.Unpack(1024L + PdfUnpacking.size packing (input.ToArray()) budget.Left)
            let unpacked = inner.Decode(input, dictionary, provider, index)

            if isObjects dictionary then
                budget.Objects unpacked.Span

            unpacked

/// Pictures are not looked at.
[<Sealed; AllowNullLiteral(false)>]
type private PictureFilter() =
    interface IFilter with
        member _.IsSupported = true
        member _.Decode(_, _, _, _) = Memory<byte>.Empty

/// The filters of the library, bounded.
[<Sealed; AllowNullLiteral(false)>]
type internal PdfFilters(budget: PdfBudget) =
    static let known = DefaultFilterProvider.Instance

    static let own (name: NameToken) =
        known.GetNamedFilters(ResizeArray [ name ])[0]

    let bounded =
        let filters =
            Dictionary<IFilter, IFilter>(HashIdentity.Reference: IEqualityComparer<IFilter>)

        for struct (name, packing) in
            [
                struct (NameToken.FlateDecode, PdfPacking.Flate)
                struct (NameToken.LzwDecode, PdfPacking.Lzw)
                struct (NameToken.RunLengthDecode, PdfPacking.RunLength)
                struct (NameToken.Ascii85Decode, PdfPacking.Ascii)
                struct (NameToken.AsciiHexDecode, PdfPacking.Ascii)
            ] do
            let filter = own name
            filters[filter] <- BoundedFilter(filter, packing, budget)

        filters

    let picture: IFilter = PictureFilter()

    let wrap (filters: IReadOnlyList<IFilter>) : IReadOnlyList<IFilter> =
        let own: IFilter[] =
            [|
                for filter in filters do
                    match bounded.TryGetValue filter with
                    | true, own -> own
                    | false, _ -> picture
            |]

        own :> IReadOnlyList<IFilter>

    member _.Budget = budget

    interface IFilterProvider with
        member _.GetFilters(dictionary) = wrap (known.GetFilters dictionary)
        member _.GetNamedFilters(names) = wrap (known.GetNamedFilters names)
        member _.GetAllFilters() = wrap (known.GetAllFilters())

/// The library's parser of what a page draws, bounded.
[<Sealed; AllowNullLiteral(false)>]
type internal PdfContents(inner: IPageContentParser, budget: PdfBudget) =
    interface IPageContentParser with
        member _.Parse(page, bytes, log) =
            budget.Contents(int bytes.Length)
            inner.Parse(page, bytes, log)
