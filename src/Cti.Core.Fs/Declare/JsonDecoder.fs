// How the readers of JSON are written in YAML, and which fields they can give.
namespace Cti.Core.Declare

open Cti.Core

[<RequireQualifiedAccess>]
module internal JsonDecoder =
    let path: Literal<JsonPath> =
        let parse (text: string) =
            JsonPath.tryParse text
            |> Result.mapError (fun problem ->
                Fault.Conflict($"`%s{text}` is no path: %s{problem}", "write it like `data`, `data.items` or `data.*`"))

        Literal.pattern "path" "" parse JsonPath.text

    let json: Fields<JsonDialect> =
        block {
            let! records =
                Field.optional
                    "records"
                    ("where the records stand: names parted by dots, * for every member or element; an array there is opened. "
                     + "Left out: the document's elements, or the document itself where it is an object")
                    (Decode.literal path)

            return
                { JsonDialect.standard with
                    Records = Option.defaultValue [] records
                }
        }

    let ndjson: Fields<JsonDialect> = Field.none JsonDialect.standard

    let private stars (records: JsonPath) =
        records |> List.filter _.IsEvery |> List.length

    /// What is wrong with a field's name under the reader's path of records.
    let fieldFault (records: JsonPath) (name: string) : Fault option =
        match JsonField.tryParse name with
        | Error problem ->
            Some(
                Fault.Conflict(
                    $"`%s{name}` is no field of a JSON record: %s{problem}",
                    "write it like `ip`, `data.ip` or `tags.*`"
                )
            )
        | Ok(JsonField.MatchedKey star) when star > stars records || stars records = 0 ->
            Some(
                Fault.Conflict(
                    $"`%s{name}` is the name that a * of `records` matched, and there is no such *",
                    "write `records` with a *, such as `records: \"data.*\"`"
                )
            )
        | Ok _ -> None
