// PDFs written by hand, object by object.
module Cti.Core.Tests.Extract.PdfFixture

open System.Text

/// A file of objects, numbered from 1; the first is the catalog.
let pdf (objects: string list) : byte[] =
    let text = StringBuilder "%PDF-1.4\n"

    let places =
        objects
        |> List.mapi (fun index body ->
            let at = text.Length
            text.Append($"%d{index + 1} 0 obj\n%s{body}\nendobj\n") |> ignore
            at)

    let start = text.Length
    text.Append($"xref\n0 %d{objects.Length + 1}\n0000000000 65535 f \n") |> ignore

    for place in places do
        text.Append($"%010d{place} 00000 n \n") |> ignore

    text.Append($"trailer\n<</Size %d{objects.Length + 1}/Root 1 0 R>>\nstartxref\n%d{start}\n%%%%EOF\n")
    |> ignore

    Encoding.Latin1.GetBytes(text.ToString())

let catalog = "<</Type/Catalog/Pages 2 0 R>>"
let pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>"

let page =
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</A 6 0 R/B 7 0 R>>>>>>"

let font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"

let stream (entries: string) (body: string) =
    $"<<%s{entries}/Length %d{body.Length}>>\nstream\n%s{body}\nendstream"

let shown (text: string) =
    stream "" $"BT /F 12 Tf 72 700 Td (%s{text}) Tj ET"
