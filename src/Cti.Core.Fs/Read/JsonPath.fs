// Where in a JSON document records stand, and where in a record its fields: paths, as a declaration writes them.
namespace Cti.Core

open System
open System.Text

/// One step of a path, from a value to values inside it.
[<RequireQualifiedAccess>]
type JsonStep =
    /// The member of an object by its name, or the element of an array by its number from 0.
    | Key of string
    /// Every member of an object, every element of an array.
    | Every

/// A path from a value to values inside it; empty: the value itself.
type JsonPath = JsonStep list

/// A field of a record.
[<RequireQualifiedAccess>]
type JsonField =
    /// What stands at a path in the record.
    | At of JsonPath
    /// The name of the member that a `*` of the records' path matched: the n-th from the left, or 0: the last one that
    /// matched a member of an object.
    | MatchedKey of star: int

[<RequireQualifiedAccess>]
module JsonPath =
    /// Steps of the longest path taken.
    [<Literal>]
    let MaxSteps = 32

    // The parts between dots, with `\` undone; whether a part held one, so that `\*` is a name.
    let private parts (text: string) : Result<(string * bool) list, string> =
        let found = Collections.Generic.List<string * bool>()
        let part = StringBuilder()
        let mutable escaped = false
        let mutable at = 0
        let mutable problem = None

        let close () =
            if part.Length = 0 then
                problem <- Some "a part between dots is empty"

            found.Add((part.ToString(), escaped))
            part.Clear() |> ignore
            escaped <- false

        while at < text.Length do
            match text[at] with
            | '\\' when at + 1 < text.Length && @".*@\".Contains text[at + 1] ->
                part.Append text[at + 1] |> ignore
                escaped <- true
                at <- at + 1
            | '\\' -> problem <- Some @"`\` stands only before `.`, `*`, `@` and `\`"
            | '.' -> close ()
            | letter -> part.Append letter |> ignore

            at <- at + 1

        close ()

        match problem with
        | Some problem -> Error problem
        | None when found.Count > MaxSteps -> Error $"it has more than %d{MaxSteps} steps"
        | None -> Ok(List.ofSeq found)

    /// Reads `data.*.ip`: names parted by dots, `*` for every member or element; a backslash before `.`, `*`, `@` or itself
    /// takes it as part of a name. Else what is wrong with it.
    let tryParse (text: string) : Result<JsonPath, string> =
        parts text
        |> Result.map (
            List.map (fun (part, escaped) ->
                if part = "*" && not escaped then
                    JsonStep.Every
                else
                    JsonStep.Key part)
        )

    /// The inverse of `tryParse`.
    let text (path: JsonPath) : string =
        let ofStep (step: JsonStep) =
            match step with
            | JsonStep.Every -> "*"
            | JsonStep.Key name ->
                let quoted = name.Replace(@"\", @"\\").Replace(".", @"\.")

                if quoted = "*" || quoted.StartsWith '@' then
                    @"\" + quoted
                else
                    quoted

        path |> List.map ofStep |> String.concat "."

[<RequireQualifiedAccess>]
module JsonField =
    /// Reads a field as a mapping names it: a path in the record, `.` for the record itself, `@key` for the name under which
    /// it stands, `@key2` for the name that the second `*` matched.
    let tryParse (text: string) : Result<JsonField, string> =
        let isStar =
            text.Length = 5
            && text.StartsWith("@key", StringComparison.Ordinal)
            && text[4] >= '1'
            && text[4] <= '9'

        if text = "." then
            Ok(JsonField.At [])
        elif text = "@key" then
            Ok(JsonField.MatchedKey 0)
        elif isStar then
            Ok(JsonField.MatchedKey(int text[4] - int '0'))
        else
            JsonPath.tryParse text |> Result.map JsonField.At

/// How JSON is cut into records. The same for a document and for one value a line.
type JsonDialect =
    {
        /// Where the records stand; an array at its end is opened, its elements are the records. Not used by NDJSON.
        Records: JsonPath
        /// The fields of a record, in the order in which the reader gives them: a JSON record has no columns of its own.
        /// Names that are no field (see `JsonField.tryParse`) are empty in every record.
        Fields: string list
        Limits: ReadLimits
    }

[<RequireQualifiedAccess>]
module JsonDialect =
    /// The elements of the document, or the document where it is an object; no fields.
    let standard: JsonDialect =
        {
            Records = []
            Fields = []
            Limits = ReadLimits.standard
        }

    /// The same, with the fields a mapping asks for.
    let withFields (fields: string list) (dialect: JsonDialect) : JsonDialect = { dialect with Fields = fields }
