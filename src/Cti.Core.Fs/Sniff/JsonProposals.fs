// Where in a JSON document the records may stand, and which fields they have; whether lines are NDJSON.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module internal JsonProposals =
    let private mostSteps = 5
    let private mostFields = 100
    let private mostPaths = 40
    // Records of which the fields are gathered.
    let private looked = 50

    /// The fields of records of these shapes: plain values and lists of them, down to the third level.
    let private fieldsOf (records: JsonShape list) : string list =
        let rec under (steps: int) (path: JsonPath) (shape: JsonShape) : JsonPath list =
            match shape with
            | JsonShape.Plain -> [ List.rev path ]
            | _ when steps = 0 -> []
            | JsonShape.Array items when items |> List.exists _.IsPlain -> [ List.rev path ]
            | JsonShape.Array items ->
                items
                |> List.truncate 5
                |> List.collect (under (steps - 1) (JsonStep.Every :: path))
            | JsonShape.Object members ->
                members
                |> List.collect (fun (name, value) ->
                    if name = "" then
                        []
                    else
                        under (steps - 1) (JsonStep.Key name :: path) value)

        records
        |> List.truncate looked
        |> List.collect (under 3 [])
        |> List.distinct
        |> List.truncate mostFields
        |> List.map (fun path -> if List.isEmpty path then "." else JsonPath.text path)

    let private namesOf (shape: JsonShape) =
        match shape with
        | JsonShape.Object members -> members |> List.map fst |> Set.ofList
        | _ -> Set.empty

    // Objects that are alike under names that differ: an object keyed by id.
    let private isKeyed (members: (string * JsonShape) list) : bool =
        match members |> List.map snd with
        | first :: _ :: _ as values ->
            let names = namesOf first

            (values |> List.forall _.IsObject
             && not names.IsEmpty
             && values
                |> List.truncate looked
                |> List.forall (fun value -> not (Set.intersect names (namesOf value)).IsEmpty))
            || (values
                |> List.forall (fun value ->
                    match value with
                    | JsonShape.Array(JsonShape.Object _ :: _) -> true
                    | _ -> false))
        | [ JsonShape.Array(JsonShape.Object _ :: _) ] -> fst members[0] |> Seq.forall Char.IsDigit
        | [ JsonShape.Object _ ] -> fst members[0] |> Seq.forall Char.IsDigit
        | _ -> false

    // Every place where records may stand, with their shapes; nearer ones first.
    let private places (root: JsonShape) : (JsonPath * JsonShape list) list =
        let rec under (path: JsonPath) (shape: JsonShape) : (JsonPath * JsonShape list) list =
            if List.length path > mostSteps then
                []
            else
                match shape with
                | JsonShape.Array items when items |> List.exists (fun item -> not item.IsArray) ->
                    (List.rev path, items)
                    :: (items
                        |> List.truncate looked
                        |> List.collect (fun item ->
                            match item with
                            | JsonShape.Object members -> inside (JsonStep.Every :: path) members
                            | _ -> []))
                | JsonShape.Object members when isKeyed members ->
                    let star = JsonStep.Every :: path

                    let records =
                        members
                        |> List.collect (fun (_, value) ->
                            match value with
                            | JsonShape.Array items -> items
                            | value -> [ value ])

                    (List.rev star, records)
                    :: (members
                        |> List.truncate looked
                        |> List.collect (fun (_, value) ->
                            match value with
                            | JsonShape.Object inner -> inside star inner
                            | _ -> []))
                | JsonShape.Object members -> inside path members
                | _ -> []

        and inside path members =
            members
            |> List.collect (fun (name, value) ->
                // Nothing under `references` is an indicator.
                if name = "" || FieldGuessing.isContext (FieldGuessing.words name) then
                    []
                else
                    under (JsonStep.Key name :: path) value)

        under [] root
        |> List.groupBy fst
        |> List.map (fun (path, found) -> path, found |> List.collect snd)
        |> List.sortBy (fun (path, _) -> List.length path)
        |> List.truncate mostPaths

    let private dialect (records: JsonPath) (fields: string list) : JsonDialect =
        { JsonDialect.standard with
            Records = records
            Fields = fields
        }

    let private document (head: Head) : ReaderSpec list =
        match JsonShape.ofHead head.Bytes head.IsWhole with
        | Error _ -> []
        | Ok root ->
            let found =
                places root
                |> List.map (fun (path, records) ->
                    let stars = path |> List.exists _.IsEvery
                    let fields = fieldsOf records
                    dialect path (if stars then fields @ [ "@key" ] else fields))

            // The document itself, where it is an object and nothing in it looks like a list of records.
            match root with
            | JsonShape.Object _ when head.IsWhole -> found @ [ dialect [] (fieldsOf [ root ]) ]
            | _ -> found
            |> List.map ReaderSpec.Json

    let private isWholeObject (line: string) =
        match JsonShape.ofHead (Encoding.Latin1.GetBytes line) true with
        | Ok(JsonShape.Object _) -> true
        | _ -> false

    let private lines (head: Head) : ReaderSpec list =
        let shapes =
            head.Lines
            |> Seq.filter (fun line -> line.Trim() <> "")
            |> Seq.truncate looked
            |> Seq.map (fun line -> JsonShape.ofHead (Encoding.Latin1.GetBytes line) true)
            |> Seq.choose (fun shape ->
                match shape with
                | Ok(JsonShape.Object _ as shape) -> Some shape
                | _ -> None)
            |> List.ofSeq

        [ ReaderSpec.Ndjson(dialect [] (fieldsOf shapes)) ]

    /// The first two lines are objects of their own, or the only one is and nothing in it looks like records.
    let private isNdjson (head: Head) : bool =
        match
            head.Lines
            |> Seq.filter (fun line -> line.Trim() <> "")
            |> Seq.truncate 2
            |> List.ofSeq
        with
        | [ first; second ] -> isWholeObject first && second.TrimStart().StartsWith '{'
        | _ -> false

    /// Formats of JSON the head may have; none where it does not begin like JSON.
    let proposals (head: Head) : ReaderSpec list =
        let start = head.Text.TrimStart()

        if not (start.StartsWith '{' || start.StartsWith '[') then
            []
        elif isNdjson head then
            lines head
        else
            document head
