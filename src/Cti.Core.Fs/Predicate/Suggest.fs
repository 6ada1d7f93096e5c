// "Did you mean …?": the one place that compares words by spelling. Used by predicates and by configuration.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module Suggest =
    // Longer words are not compared: they are no typos of names of ours, and the table below is quadratic.
    let private longest = 64

    /// How many single edits (insert, delete, replace, swap of neighbours) lead from one word to the other.
    let distance (left: string) (right: string) : int =
        let table = Array2D.zeroCreate (left.Length + 1) (right.Length + 1)

        for row in 0 .. left.Length do
            table[row, 0] <- row

        for column in 0 .. right.Length do
            table[0, column] <- column

        for row in 1 .. left.Length do
            for column in 1 .. right.Length do
                let same = left[row - 1] = right[column - 1]

                let edited =
                    min
                        (min (table[row - 1, column] + 1) (table[row, column - 1] + 1))
                        (table[row - 1, column - 1] + (if same then 0 else 1))

                let swapped =
                    row > 1
                    && column > 1
                    && left[row - 1] = right[column - 2]
                    && left[row - 2] = right[column - 1]

                table[row, column] <-
                    if swapped then
                        min edited (table[row - 2, column - 2] + 1)
                    else
                        edited

        table[left.Length, right.Length]

    // Words for one thing that no spelling brings together: what people write, what it may be called here.
    let private synonyms =
        [
            "white", "clear"
            "yes", "true"
            "on", "true"
            "no", "false"
            "off", "false"
            "gz", "gzip"
            "ip", "ipv4"
            "uri", "url"
            "link", "url"
            "host", "domain"
            "hostname", "domain"
            "fqdn", "domain"
            "mail", "email"
            "tsv", "csv"
            "txt", "lines"
            "text", "lines"
            "stix", "stix_bundle"
            "list", "plain_list"
            "jsonl", "ndjson"
        ]

    // The only candidate that begins with the word, of at least three letters: `first` is `first_row`.
    let private beginning (candidates: string seq) (word: string) =
        let found =
            if word.Length < 3 then
                []
            else
                candidates
                |> Seq.filter (fun candidate -> candidate.StartsWith(word, StringComparison.Ordinal))
                |> List.ofSeq

        match found with
        | [ single ] -> Some single
        | _ -> None

    let private synonym (candidates: string seq) (word: string) =
        synonyms
        |> List.tryFind (fun (written, called) -> written = word && Seq.contains called candidates)
        |> Option.map snd

    /// The candidate that `word` is probably a misspelling of: at most one edit per three letters (at least one), letter
    /// case and `-` for `_` forgiven. Where nothing is near: the only one that begins with it, or one that means the same. Ties go to the earlier
    /// candidate.
    let nearest (candidates: string seq) (word: string) : string option =
        let plain (text: string) =
            text.Trim().ToLowerInvariant().Replace('-', '_').Replace(' ', '_')

        let wanted = plain word

        if wanted.Length = 0 || wanted.Length > longest then
            None
        else
            let bar = max 1 ((wanted.Length + 1) / 3)

            let scored =
                candidates
                |> Seq.filter (fun candidate -> candidate.Length <= longest)
                |> Seq.map (fun candidate -> struct (distance wanted (plain candidate), candidate))
                |> Seq.filter (fun (struct (edits, candidate)) -> edits <= bar && edits < candidate.Length)
                |> Seq.toArray

            if scored.Length = 0 then
                synonym candidates wanted
                |> Option.orElseWith (fun () -> beginning candidates wanted)
            else
                let struct (_, best) = scored |> Array.minBy (fun (struct (edits, _)) -> edits)
                Some best

    /// A hint for a word that is not in the table: the near one first, then all that are allowed.
    let hint (allowed: string seq) (word: string) : string =
        let all = String.Join(", ", allowed)

        match nearest allowed word with
        | Some near -> $"did you mean `%s{near}`? Allowed: %s{all}"
        | None -> $"allowed: %s{all}"
