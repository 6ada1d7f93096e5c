// Decides what a source is of which nothing was declared: every recogniser proposes formats, each proposal is judged by reading the first bytes
// in it, and the one in which most records hold observables is taken.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module Sniffer =
    // The share of records that must hold an observable for a format to be believed on that ground alone.
    let private enough = 0.5
    // Rows a table must have to be believed by its form alone.
    let private enoughRows = 2

    // More particular formats first: of equals the first is taken.
    let private recognisers: (string * (Head -> ReaderSpec list)) list =
        [
            "json and ndjson", JsonProposals.proposals
            "hosts, dnsmasq, rpz, adblock, unbound, bind_zone, suricata", BlockListProposals.proposals
            "csv", TextProposals.tables
            "lines", TextProposals.lists
        ]

    let private fieldName (field: FieldGuess) =
        if field.Name = "" then
            $"column %d{field.Number}"
        else
            $"`%s{field.Name}`"

    let private describe (judged: Judged) : string =
        let values =
            judged.Fields
            |> List.filter _.Role.IsValue
            |> List.map (fun field -> $"%s{fieldName field} (%s{field.Evidence})")

        let times =
            judged.Fields
            |> List.choose (fun field ->
                match field.Role with
                | FieldRole.FirstSeen format -> Some $"first seen in %s{fieldName field} (%s{format})"
                | FieldRole.LastSeen format -> Some $"last seen in %s{fieldName field} (%s{format})"
                | _ -> None)

        let found =
            match values with
            | [] -> "no field of observables"
            | values -> "values in " + String.concat ", " values

        $"read as %s{ReaderText.yaml judged.Reader []}; "
        + String.concat "; " (found :: times)

    let private recognition (judged: Judged) =
        judged.Reader,
        {
            Fields = judged.Fields
            Sentence = describe judged
        }

    // JSON says by itself what it is, and so does a table with names; a line may be anything.
    let private isCertain (judged: Judged) =
        match judged.Reader with
        | ReaderSpec.Json _
        | ReaderSpec.Ndjson _ -> judged.Sound > 0
        | ReaderSpec.Csv dialect ->
            dialect.Header <> CsvHeader.NoHeader
            && judged.Sound >= enoughRows
            && judged.Sound * 10 >= judged.Records * 9
        | ReaderSpec.Lines _
        | ReaderSpec.BlockList _
        | ReaderSpec.Rich _
        | ReaderSpec.Auto _ -> false

    let private trials (tried: (string * Judged list) list) : string =
        tried
        |> List.map (fun (name, judged) ->
            match judged |> List.sortByDescending Judged.share with
            | [] -> $"%s{name} (its form does not fit)"
            | best :: _ -> $"%s{name} (%d{best.Hits} of %d{best.Records} records hold an observable)")
        |> String.concat ", "

    let private decide (head: Head) (only: PlainFormat voption) : Result<ReaderSpec * Recognition, ReadError> =
        let isAsked (spec: ReaderSpec) =
            only.IsNone || ReaderSpec.plainFormat spec = only

        let tried =
            recognisers
            |> List.map (fun (name, propose) ->
                name, propose head |> List.filter isAsked |> List.map (Judged.ofReader head))

        let all = List.collect snd tried
        let asked = all |> List.filter (Judged.hasFields head)
        let eligible = if List.isEmpty asked then all else asked

        let best =
            match eligible with
            | [] -> None
            | eligible ->
                // Stable: of equals the first.
                eligible
                |> List.sortByDescending (fun judged -> struct (Judged.share judged, judged.Hits))
                |> List.tryHead

        match best with
        | Some judged when Judged.share judged >= enough -> Ok(recognition judged)
        | _ ->
            match
                eligible
                |> List.filter isCertain
                |> List.sortByDescending _.Sound
                |> List.tryHead
            with
            | Some judged -> Ok(recognition judged)
            | None when not (List.isEmpty head.Fields) && head.Fields = [ "line" ] ->
                // The mapping says that it is a plain list.
                match all |> List.tryFind _.Reader.IsLines with
                | Some judged -> Ok(recognition judged)
                | None -> Error(ReadError.UnknownKind "it has no lines")
            | None ->
                match only, RichKinds.tryFindText head with
                | ValueSome format, _ ->
                    Error(
                        ReadError.UnknownKind
                            $"it was said to be %s{PlainFormat.name format}, but does not read as that with observables in it; tried: %s{trials tried}. Declare `read` and `map`"
                    )
                | ValueNone, Some format -> Ok(ReaderSpec.Rich format, RichKinds.recognition format)
                | ValueNone, None ->
                    Error(
                        ReadError.UnknownKind
                            $"it looks like text, but no reader finds observables in it; tried: %s{trials tried}. Declare `read` and `map`"
                    )

    /// Recognises the first bytes of a source (64 KiB are plenty) that is said to be of a format; see `Recogniser`.
    let recogniseAs
        (only: PlainFormat voption)
        (head: ReadOnlyMemory<byte>)
        (isWhole: bool)
        (fields: string list)
        : Result<ReaderSpec * Recognition, ReadError> =
        let head = Head.create head isWhole fields

        let rich, other =
            if only.IsSome then
                None, None
            else
                RichKinds.tryFind head, OtherKinds.tryName head.Text

        match rich, other with
        | Some format, _ -> Ok(ReaderSpec.Rich format, RichKinds.recognition format)
        | None, Some kind -> Error(ReadError.UnknownKind $"it looks like %s{kind}, which no reader takes")
        | None, None when String.IsNullOrWhiteSpace head.Text ->
            Ok(
                ReaderSpec.Lines LinesDialect.standard,
                {
                    Fields = []
                    Sentence = "nothing in it"
                }
            )
        | None, None -> decide head only

    /// The same of a source of which nothing is said.
    let recognise head isWhole fields =
        recogniseAs ValueNone head isWhole fields

    /// The one recogniser there is.
    let recogniser: Recogniser =
        { new Recogniser() with
            member _.Recognise(head, isWhole, fields, only) = recogniseAs only head isWhole fields
        }
