// The reference page: every key of a file in tables, one for each block, in Markdown. Knows schemas; knows no pipeline.
namespace Cti.Core.Declare

open System
open System.Text.Json

/// A heading of the page: a block, or one shape of a block.
type private Section =
    {
        /// `sources[].from`; "" for the file itself.
        Path: string
        Schema: Schema
    }

[<RequireQualifiedAccess>]
module ReferencePage =
    // How the kinds of single values are written. A kind that is missing here is shown by its pattern.
    let private kinds =
        [
            "text", "any text; in quotes where it begins with a special character or holds `: ` or ` #`"
            "name", "lower-case letters, digits, `_` and `-`, a letter first, at most 64"
            "path", "a file or glob (`*`, `?` within a name, `**` any folders), relative to the file it is written in"
            "boolean", "`true` or `false`"
            "integer", "a whole number, not in quotes"
            "number", "a number with or without a fraction, not in quotes"
            "duration", "a whole number with a unit: `500ms`, `30s`, `5m`, `12h`, `1d`"
            "percentage", "`30%`, `0.5%`"
            "range", "how many, both ends included: `100..500000`, `100..`, `..500`"
            "size", "bytes in powers of 1,000: `512B`, `64KB`, `10MB`, `1GB`"
            "time", "a point in time with its zone: `2026-01-01T00:00:00Z`"
            "time format", "`iso8601`, `unix`, `unix_ms`, or a pattern like `yyyy-MM-dd HH:mm:ss`"
            "time zone", "`UTC`, or an offset like `+02:00`"
            "zone name", "a domain name in lower case without a trailing dot: `rpz.local`"
            "character", "one ASCII character; a tab is `\"\\t\"` in double quotes"
            "character or none", "one ASCII character, or the word `none`"
            "predicate", "a condition on indicators: [predicates](predicates.md)"
        ]

    let private code (text: string) =
        if text.Contains '`' then
            $"`` %s{text} ``"
        else
            $"`%s{text}`"

    let private words (texts: string list) =
        texts |> List.map code |> String.concat ", "

    // A cell of a table is one line, and `|` ends it.
    let private cell (text: string) =
        text.Replace("|", "\\|").Replace("\n", " ")

    // The anchor that GitHub gives a heading: its letters, digits, `_` and `-`, blanks as `-`.
    let private anchor (heading: string) =
        heading.ToLowerInvariant()
        |> Seq.filter (fun letter -> Char.IsLetterOrDigit letter || letter = '_' || letter = '-' || letter = ' ')
        |> Seq.map (fun letter -> if letter = ' ' then '-' else letter)
        |> String.Concat

    let private heading (path: string) =
        if path = "" then "The file" else code path

    let private link (text: string) (target: string) = $"[%s{text}](#%s{anchor target})"

    // The blocks that a value holds, each with its path.
    let rec private inner (path: string) (schema: Schema) : Section list =
        match schema with
        | Schema.List(item, _)
        | Schema.OneOrMany item -> inner $"%s{path}[]" item
        | Schema.Map(_, value) -> inner $"%s{path}.*" value
        | Schema.Block _
        | Schema.Union _ -> [ { Path = path; Schema = schema } ]
        | _ -> []

    let private under (path: string) (name: string) =
        if path = "" then name else $"%s{path}.%s{name}"

    let private fieldsOf (schema: Schema) : FieldSchema list =
        match schema with
        | Schema.Block members -> members |> List.collect Schema.memberFields
        | Schema.Union(_, cases) ->
            cases
            |> List.collect (fun case -> case.Members)
            |> List.collect Schema.memberFields
        | _ -> []

    // Parents before children; a block that stands in several places is described at the first.
    let private sections (root: Schema) : Section list =
        let rec add (found: Section list) (section: Section) : Section list =
            if found |> List.exists (fun known -> known.Schema = section.Schema) then
                found
            else
                fieldsOf section.Schema
                |> List.collect (fun field -> inner (under section.Path field.Name) field.Schema)
                |> List.fold add (found @ [ section ])

        add [] { Path = ""; Schema = root }

    let rec private value (all: Section list) (schema: Schema) : string =
        match schema with
        | Schema.Scalar { Shape = ScalarShape.Choice choices } -> words choices
        | Schema.Scalar _ -> Schema.typeName schema
        | Schema.List(item, 0) -> $"list of %s{value all item}"
        | Schema.List(item, _) -> $"list of %s{value all item}, at least one"
        | Schema.OneOrMany item -> $"%s{value all item}, or a list of them"
        | Schema.Map({ Shape = ScalarShape.Choice choices }, item) ->
            $"block of %s{value all item} by key; keys: %s{words choices}"
        | Schema.Map(key, item) -> $"block of %s{value all item} by %s{key.Name}"
        | Schema.Block _
        | Schema.Union _ ->
            match all |> List.tryFind (fun section -> section.Schema = schema) with
            | Some section -> link "block" (heading section.Path)
            | None -> "block"

    let private need (alternatives: string list) (field: FieldSchema) =
        match field.Need with
        | Need.Required when List.isEmpty alternatives -> "required"
        | Need.Required -> $"one of %s{words alternatives}"
        | Need.Optional -> ""
        | Need.Default text -> code text

    let private table (all: Section list) (members: Member list) : string list =
        let row (alternatives: string list) (field: FieldSchema) =
            let cells =
                [ code field.Name; value all field.Schema; need alternatives field; field.Doc ]

            "| " + (cells |> List.map cell |> String.concat " | ") + " |"

        let rows =
            members
            |> List.collect (fun item ->
                match item with
                | Member.Field field -> [ row [] field ]
                | Member.ExactlyOne fields ->
                    let names = fields |> List.map (fun field -> field.Name)
                    fields |> List.map (row names))

        if List.isEmpty rows then
            []
        else
            [ "| key | value | default | meaning |"; "| --- | --- | --- | --- |" ]
            @ rows
            @ [ "" ]

    // A text as YAML's flow style takes it.
    let private quoted (text: string) =
        let isPlain (letter: char) =
            Char.IsAsciiLetterOrDigit letter || letter = '_' || letter = '.' || letter = '/'

        if
            text <> ""
            && text
               |> Seq.forall (fun letter -> isPlain letter || letter = '%' || letter = '-')
        then
            text
        else
            "\""
            + JsonEncodedText.Encode(text, Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()
            + "\""

    // One shape as it is written with everything it must have, and its defaults spelt out.
    let private example (tag: string) (case: UnionCase) =
        let shown (field: FieldSchema) =
            match field.Need, field.Schema with
            | Need.Default text, _ -> [ $"%s{field.Name}: %s{quoted text}" ]
            | Need.Required,
              Schema.Scalar {
                                Shape = ScalarShape.Choice(first :: _)
                            } -> [ $"%s{field.Name}: %s{first}" ]
            | Need.Required, _ -> [ $"%s{field.Name}: …" ]
            | Need.Optional, _ -> []

        let keys =
            case.Members
            |> List.collect (fun item ->
                match item with
                | Member.Field field -> shown field
                | Member.ExactlyOne fields -> fields |> List.truncate 1 |> List.collect shown)

        let text = $"%s{tag}: %s{case.Tag}" :: keys |> String.concat ", "
        code $"{{ %s{text} }}"

    let private print (all: Section list) (section: Section) : string list =
        let title = $"## %s{heading section.Path}"

        match section.Schema with
        | Schema.Union(tag, cases) ->
            let ofCase (case: UnionCase) =
                [
                    $"### %s{heading section.Path}, %s{tag}: %s{case.Tag}"
                    ""
                    $"%s{case.Doc}. With its defaults: %s{example tag case}"
                    ""
                ]
                @ table all case.Members

            let shapes =
                cases
                |> List.map (fun case -> link (code case.Tag) $"%s{heading section.Path}, %s{tag}: %s{case.Tag}")
                |> String.concat ", "

            [ title; ""; $"Its shape is said by `%s{tag}` (required): %s{shapes}."; "" ]
            @ List.collect ofCase cases
        | Schema.Block members -> [ title; "" ] @ table all members
        | _ -> []

    let rec private scalarsIn (schema: Schema) : ScalarSchema list =
        match schema with
        | Schema.Scalar scalar -> [ scalar ]
        | Schema.List(item, _)
        | Schema.OneOrMany item -> scalarsIn item
        | Schema.Map(key, item) -> key :: scalarsIn item
        | other -> fieldsOf other |> List.collect (fun field -> scalarsIn field.Schema)

    let private valuesTable (root: Schema) : string list =
        let row (scalar: ScalarSchema) =
            match kinds |> List.tryFind (fun (name, _) -> name = scalar.Name), scalar.Shape with
            | _, ScalarShape.Choice _ -> []
            | Some(_, text), _ -> [ $"| %s{scalar.Name} | %s{cell text} |" ]
            | None, ScalarShape.Text pattern when pattern <> "" -> [ $"| %s{scalar.Name} | %s{cell (code pattern)} |" ]
            | None, _ -> []

        let rows =
            scalarsIn root
            |> List.distinctBy (fun scalar -> scalar.Name)
            |> List.sortBy (fun scalar -> scalar.Name)
            |> List.collect row

        [ "## Values"; ""; "| value | written like |"; "| --- | --- |" ] @ rows @ [ "" ]

    /// The page. `title` is its heading, `introduction` its first paragraphs.
    let page (title: string) (introduction: string list) (root: Schema) : string =
        let all = sections root

        [ $"# %s{title}"; "" ]
        @ introduction
        @ [ "" ]
        @ List.collect (print all) all
        @ valuesTable root
        |> String.concat "\n"
