// Targets of a page's links: addresses of http and https in its annotations (PDF 1.7, §12.5 and §12.6.4.7), as `href` has them in HTML.
namespace Cti.Core

open System
open System.Collections.Generic
open UglyToad.PdfPig.Tokenization.Scanner
open UglyToad.PdfPig.Tokens

[<RequireQualifiedAccess>]
module internal PdfLinks =
    // Links of one page; more were not made by somebody who writes.
    let private most = 4_096
    // Characters of the longest address.
    let private longest = 4_096
    // References that lead to references.
    let private deepest = 8

    let private annots = NameToken.Create "Annots"
    let private action = NameToken.Create "A"
    let private uri = NameToken.Create "URI"

    let private follow (scanner: IPdfTokenScanner) (budget: PdfBudget) (token: IToken) : IToken =
        let mutable current = token
        let mutable steps = 0

        while current :? IndirectReferenceToken && steps < deepest do
            budget.Step 1
            steps <- steps + 1

            match current with
            | :? IndirectReferenceToken as reference ->
                match scanner.Get reference.Data with
                | null -> current <- NullToken.Instance
                | found -> current <- found.Data
            | _ -> ()

        current

    let private memberOf (scanner: IPdfTokenScanner) (budget: PdfBudget) (name: NameToken) (token: IToken) : IToken =
        match token with
        | :? DictionaryToken as dictionary ->
            match dictionary.TryGet name with
            | true, (value: IToken) -> follow scanner budget value
            | _ -> NullToken.Instance
        | _ -> NullToken.Instance

    let private isAddress (text: string) =
        text.Length <= longest
        && text.StartsWith("http", StringComparison.OrdinalIgnoreCase)
        && not (text |> Seq.exists Char.IsControl)

    /// The addresses, in the order of the page's annotations, each once. What the library throws on broken ones goes on to whoever asks.
    let ofPage (scanner: IPdfTokenScanner) (budget: PdfBudget) (page: DictionaryToken) : string list =
        let found = List<string>()
        let known = HashSet<string>(StringComparer.Ordinal)

        match memberOf scanner budget annots page with
        | :? ArrayToken as list ->
            for token in Seq.truncate most list.Data do
                budget.Step 1

                let target =
                    follow scanner budget token
                    |> memberOf scanner budget action
                    |> memberOf scanner budget uri

                let text =
                    match target with
                    | :? StringToken as text -> text.Data.Trim()
                    | :? HexToken as text -> text.Data.Trim()
                    | _ -> ""

                if isAddress text && known.Add text then
                    found.Add text
        | _ -> ()

        List.ofSeq found
