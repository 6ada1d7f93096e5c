// A PDF's pages as characters with places, or why there are none. The one place where an exception of the library becomes a value.
namespace Cti.Core

open System
open System.Collections.Generic
open UglyToad.PdfPig
open UglyToad.PdfPig.Exceptions

/// What was read of a PDF.
[<NoComparison; NoEquality>]
type internal PdfFile =
    {
        /// Characters of each page; none where it could not be read.
        Pages: List<PdfGlyph>[]
        /// Targets of the links of each page; none where they could not be read.
        Links: string list[]
        /// Pages that could not be read, from 1.
        Unread: int list
    }

[<RequireQualifiedAccess>]
module internal PdfFile =
    let private broken =
        ReadError.BrokenDocument("PDF", "it is cut off or damaged; fetch it again, or open it and print it anew")

    // The library throws whatever it comes across on damaged input, so whatever it throws is the document's fault; the budget knows better.
    let private attempt (budget: PdfBudget) (work: unit -> 'T) : Result<'T, ReadError> =
        let result =
            try
                Ok(work ())
            with
            | :? PdfDocumentEncryptedException -> Error ReadError.EncryptedDocument
            | _ -> Error broken

        match budget.Fault with
        | ValueSome fault -> Error fault
        | ValueNone -> result

    let private pages (budget: PdfBudget) (document: PdfDocument) : Result<PdfFile, ReadError> =
        document.AddPageFactory<PdfPage, PdfPages>()
        let pages = Array.init document.NumberOfPages (fun _ -> List<PdfGlyph>())
        let links: string list[] = Array.create pages.Length []
        let unread = List<int>()
        let mutable total = 0

        for index in 0 .. pages.Length - 1 do
            if budget.Fault.IsNone then
                match attempt budget (fun () -> document.GetPage<PdfPage>(index + 1)) with
                | Ok page ->
                    pages[index] <- page.Glyphs
                    total <- total + page.Glyphs.Count
                    // A page whose links are broken has its text all the same; a document that asks for too much ends here.
                    links[index] <- attempt budget page.Links |> Result.defaultValue []
                | Error ReadError.EncryptedDocument -> budget.Fault <- ValueSome ReadError.EncryptedDocument
                | Error _ -> unread.Add(index + 1)

                if total > PdfBudget.MaxGlyphs then
                    budget.Fault <- ValueSome(ReadError.DocumentTooRich $"%d{PdfBudget.MaxGlyphs} characters")

        match budget.Fault with
        | ValueSome fault -> Error fault
        | ValueNone when total = 0 && unread.Count = pages.Length -> Error broken
        | ValueNone when total = 0 -> Error ReadError.DocumentWithoutText
        | ValueNone ->
            Ok
                {
                    Pages = pages
                    Links = links
                    Unread = List.ofSeq unread
                }

    /// Reads a file.
    let read (file: byte[]) : Result<PdfFile, ReadError> =
        if file.Length > PdfBudget.MaxBytes then
            Error(ReadError.DocumentTooLong PdfBudget.MaxBytes)
        else
            let budget = PdfBudget()

            attempt budget (fun () ->
                // The library's copy, in which trees of names have other names.
                let bytes = Array.copy file
                budget.Objects(Span<byte> bytes)

                use document =
                    PdfDocument.Open(
                        bytes,
                        ParsingOptions(
                            FilterProvider = PdfFilters budget,
                            SkipMissingFonts = true,
                            UseLenientParsing = true,
                            MaxStackDepth = 128
                        )
                    )

                pages budget document)
            |> Result.bind id
