// How MISP is written in YAML: `read: { type: misp }`, and the `misp_event` and `misp_feed` renderers.
namespace Cti.Core.Declare

open System
open System.Text
open Cti.Core

[<RequireQualifiedAccess>]
module internal MispDecoder =
    let private detection: Literal<MispDetection> =
        Literal.choice "which attributes" [ MispDetection.Marked, "marked"; MispDetection.Any, "any" ]

    /// The reader's options.
    let reader: Fields<MispDialect> =
        Field.defaulted
            "to_ids"
            "marked takes attributes that are marked for detection; any takes the others too, with a label"
            detection
            MispDetection.Marked
        |> Field.map (fun detection ->
            { MispDialect.standard with
                Detection = detection
            })

    // Names and titles stand in one line of a file.
    let private line (what: string) (most: int) : Literal<string> =
        Literal.text
        |> Literal.refine (fun text ->
            if text |> Seq.exists Char.IsControl || Encoding.UTF8.GetByteCount text > most then
                Error(Fault.Malformed(what, text, $"at most %d{most} bytes in one line"))
            else
                Ok text)

    let private uuid: Literal<Uuid> =
        let parse (text: string) =
            match Uuid.tryParse text with
            | ValueSome id -> Ok id
            | ValueNone -> Error(Fault.Malformed("a UUID", text, "`55f6ea5e-2c60-40e5-964f-47a8950d210f`"))

        Literal.pattern "UUID" "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$" parse Uuid.toText

    let private tag: Literal<string> =
        line "a tag" MispWords.mostTagCharacters
        |> Literal.refine (fun text ->
            if text.StartsWith("tlp:", StringComparison.OrdinalIgnoreCase) then
                Error(
                    Fault.Conflict(
                        "the marking of an event follows from what is in it",
                        "remove the tag; `max_tlp` says what may be in it"
                    )
                )
            else
                Ok text)

    let private threat: Literal<MispThreat> =
        MispThreat.all
        |> Array.map (fun threat -> threat, MispThreat.name threat)
        |> List.ofArray
        |> Literal.choice "a threat level"

    let private organisation =
        Decode.block (
            block {
                let! name =
                    Field.required "name" "of the organisation that publishes" (Decode.literal (line "a name" 255))

                and! id =
                    Field.optional "uuid" "its UUID in MISP; one made of its name where not given" (Decode.literal uuid)

                return struct (name, id)
            }
        )

    let private common =
        block {
            let! info =
                Field.required "info" "title of the event" (Decode.literal (line "a title" 255))

            and! organisation =
                Field.required "organisation" "who publishes it (`Orgc`)" organisation

            and! threat =
                Field.defaulted "threat_level" "how bad it is" threat MispThreat.Undefined

            and! tags =
                Field.optional "tags" "tags of the event, besides its marking" (Decode.list (Decode.literal tag))

            return struct (info, organisation, threat, tags)
        }

    let private options parts (struct (info, struct (name, id), threat, tags)) : MispOptions =
        {
            Info = info
            Organisation = name
            OrganisationId =
                match id with
                | Some id -> ValueSome id
                | None -> ValueNone
            Threat = threat
            Tags = Option.defaultValue [] tags
            Parts = parts
        }

    /// One event.
    let event: Fields<MispOptions> = common |> Field.map (options 1)

    /// A folder of events.
    let feed: Fields<MispOptions> =
        let parts =
            Field.defaulted
                "parts"
                "into how many events the indicators of a day are divided"
                (Literal.int "parts" 1 256)
                1

        Field.zip common parts
        |> Field.map (fun (common, parts) -> options parts common)
