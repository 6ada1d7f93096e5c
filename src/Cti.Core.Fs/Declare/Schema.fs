// What a decoder accepts, as data: the JSON Schema for editors and the reference page are printed from it.
namespace Cti.Core.Declare

open System.IO
open System.Text
open System.Text.Json

/// What a scalar looks like to an editor.
[<RequireQualifiedAccess>]
type ScalarShape =
    /// With a regular expression, or "" for any text.
    | Text of pattern: string
    | Integer of low: int64 * high: int64
    /// A whole number from 0, or a text with this regular expression.
    | CountOrText of pattern: string
    | Number of low: float * high: float
    | Boolean
    | Choice of string list

type ScalarSchema =
    {
        /// As the reference page calls it: `duration`, `integer`, …
        Name: string
        Shape: ScalarShape
    }

/// Whether a field must stand.
[<RequireQualifiedAccess>]
type Need =
    | Required
    | Optional
    /// As it would be written in the file.
    | Default of string

[<RequireQualifiedAccess>]
type Schema =
    | Scalar of ScalarSchema
    | List of item: Schema * minItems: int
    /// One value, or a list of them.
    | OneOrMany of item: Schema
    | Map of key: ScalarSchema * value: Schema
    | Block of Member list
    /// A block whose key `tag` says which of several shapes it has.
    | Union of tag: string * cases: UnionCase list

/// A key of a block.
and FieldSchema =
    {
        Name: string
        /// One sentence without a full stop: meaning, unit, range.
        Doc: string
        Need: Need
        Schema: Schema
    }

and [<RequireQualifiedAccess>] Member =
    | Field of FieldSchema
    /// Alternatives: exactly one of them stands.
    | ExactlyOne of FieldSchema list

and UnionCase =
    {
        Tag: string
        Doc: string
        Members: Member list
    }

[<RequireQualifiedAccess>]
module Schema =
    let memberFields (item: Member) : FieldSchema list =
        match item with
        | Member.Field field -> [ field ]
        | Member.ExactlyOne fields -> fields

    /// Every key a block takes, in the order of its declaration.
    let keys (members: Member list) : string list =
        members
        |> List.collect memberFields
        |> List.map (fun field -> field.Name)
        |> List.distinct

    // The members of a block, through lists and alternatives: what may be written at its place.
    let rec private members (schema: Schema) : Member list =
        match schema with
        | Schema.Block members -> members
        | Schema.List(item, _)
        | Schema.OneOrMany item -> members item
        | Schema.Union(_, cases) -> cases |> List.collect (fun case -> case.Members)
        | Schema.Scalar _
        | Schema.Map _ -> []

    /// The block behind keys from the root, `[ "sources"; "trust" ]`: as it stands once, not as a list. The error is the
    /// first unknown key, and the keys there are in its place.
    let rec at (path: string list) (schema: Schema) : Result<Schema, struct (string * string list)> =
        match path, schema with
        | _, (Schema.List(item, _) | Schema.OneOrMany item) -> at path item
        | [], _ -> Ok schema
        | key :: rest, _ ->
            let known = members schema

            match
                known
                |> List.collect memberFields
                |> List.tryFind (fun field -> field.Name = key)
            with
            | Some field -> at rest field.Schema
            | None -> Error(struct (key, keys known))

    /// The type as the reference page names it: `list of text`.
    let rec typeName (schema: Schema) : string =
        match schema with
        | Schema.Scalar scalar ->
            match scalar.Shape with
            | ScalarShape.Choice words -> String.concat " | " words
            | ScalarShape.Integer(low, high) when high < System.Int64.MaxValue -> $"%s{scalar.Name} %d{low} to %d{high}"
            | ScalarShape.Number(low, high) -> $"%s{scalar.Name} %g{low} to %g{high}"
            | _ -> scalar.Name
        | Schema.List(item, _) -> $"list of %s{typeName item}"
        | Schema.OneOrMany item -> $"%s{typeName item}, or a list of them"
        | Schema.Map(key, value) -> $"%s{key.Name} to %s{typeName value}"
        | Schema.Block _ -> "block"
        | Schema.Union(tag, cases) ->
            let words = cases |> List.map (fun case -> case.Tag) |> String.concat " | "
            $"block, by `%s{tag}`: %s{words}"

/// JSON Schema, draft 2020-12.
[<RequireQualifiedAccess>]
module JsonSchema =
    let private scalar (writer: Utf8JsonWriter) (schema: ScalarSchema) =
        match schema.Shape with
        | ScalarShape.Text pattern ->
            writer.WriteString("type", "string")

            if pattern <> "" then
                writer.WriteString("pattern", pattern)
        | ScalarShape.Integer(low, high) ->
            writer.WriteString("type", "integer")
            writer.WriteNumber("minimum", low)

            if high < System.Int64.MaxValue then
                writer.WriteNumber("maximum", high)
        | ScalarShape.CountOrText pattern ->
            // `minimum` is about numbers only, `pattern` about texts only.
            writer.WriteStartArray "type"
            writer.WriteStringValue "integer"
            writer.WriteStringValue "string"
            writer.WriteEndArray()
            writer.WriteNumber("minimum", 0)
            writer.WriteString("pattern", pattern)
        | ScalarShape.Number(low, high) ->
            writer.WriteString("type", "number")
            writer.WriteNumber("minimum", low)
            writer.WriteNumber("maximum", high)
        | ScalarShape.Boolean -> writer.WriteString("type", "boolean")
        | ScalarShape.Choice words ->
            writer.WriteStartArray "enum"

            for word in words do
                writer.WriteStringValue word

            writer.WriteEndArray()

    let private strings (writer: Utf8JsonWriter) (name: string) (texts: string list) =
        writer.WriteStartArray name

        for text in texts do
            writer.WriteStringValue text

        writer.WriteEndArray()

    // `use`, in any block: what it lacks may stand in the files it names (Include.fs).
    let private useKey = "use"

    let private useProperty (writer: Utf8JsonWriter) =
        writer.WriteStartObject useKey
        writer.WriteString("$ref", "#/$defs/use")
        writer.WriteEndObject()

    let private useDefinition (writer: Utf8JsonWriter) =
        writer.WriteStartObject "$defs"
        writer.WriteStartObject useKey

        writer.WriteString(
            "description",
            "a file, or a list of them, whose keys stand here too; keys written here win, and later files over earlier ones"
        )

        writer.WriteStartArray "anyOf"
        writer.WriteRawValue """{ "type": "string", "minLength": 1 }"""
        writer.WriteRawValue """{ "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } }"""
        writer.WriteEndArray()
        writer.WriteEndObject()
        writer.WriteEndObject()

    let private unlessUsed (writer: Utf8JsonWriter) =
        writer.WriteStartObject()
        strings writer "required" [ useKey ]
        writer.WriteEndObject()

    // A file without the document's first key is a part that others use: it need not be whole.
    let private partOfOther (writer: Utf8JsonWriter) (members: Member list) =
        match Schema.keys members with
        | first :: _ ->
            writer.WriteStartObject()
            writer.WriteStartObject "not"
            strings writer "required" [ first ]
            writer.WriteEndObject()
            writer.WriteEndObject()
        | [] -> ()

    // Where a block stands: that decides what it must have.
    [<RequireQualifiedAccess; Struct>]
    type private Standing =
        /// The document itself.
        | Root
        /// A file that others take keys from with `use`: it need not have any.
        | Part
        | Inner

    let rec private body (writer: Utf8JsonWriter) (schema: Schema) =
        match schema with
        | Schema.Scalar inner -> scalar writer inner
        | Schema.List(item, minItems) ->
            writer.WriteString("type", "array")

            if minItems > 0 then
                writer.WriteNumber("minItems", minItems)

            writer.WriteStartObject "items"
            body writer item
            writer.WriteEndObject()
        | Schema.OneOrMany item -> alternatives writer "anyOf" [ item; Schema.List(item, 1) ]
        | Schema.Map(key, value) ->
            writer.WriteString("type", "object")
            writer.WriteStartObject "properties"
            useProperty writer
            writer.WriteEndObject()
            writer.WriteStartObject "propertyNames"
            writer.WriteStartArray "anyOf"
            writer.WriteStartObject()
            writer.WriteString("const", useKey)
            writer.WriteEndObject()
            writer.WriteStartObject()
            scalar writer key
            writer.WriteEndObject()
            writer.WriteEndArray()
            writer.WriteEndObject()
            writer.WriteStartObject "additionalProperties"
            body writer value
            writer.WriteEndObject()
        | Schema.Block members -> block writer Standing.Inner ValueNone members
        | Schema.Union(tag, cases) ->
            // Not oneOf: a block that takes its tag from another file may be any of them.
            writer.WriteStartArray "anyOf"

            for case in cases do
                writer.WriteStartObject()
                writer.WriteString("description", case.Doc)
                block writer Standing.Inner (ValueSome struct (tag, case.Tag)) case.Members
                writer.WriteEndObject()

            writer.WriteEndArray()

    and private alternatives writer (keyword: string) (schemas: Schema list) =
        writer.WriteStartArray keyword

        for schema in schemas do
            writer.WriteStartObject()
            body writer schema
            writer.WriteEndObject()

        writer.WriteEndArray()

    and private block
        (writer: Utf8JsonWriter)
        (standing: Standing)
        (tag: struct (string * string) voption)
        (members: Member list)
        =
        writer.WriteString("type", "object")
        writer.WriteStartObject "properties"

        match tag with
        | ValueSome(struct (key, value)) ->
            writer.WriteStartObject key
            writer.WriteString("const", value)
            writer.WriteEndObject()
        | ValueNone -> ()

        useProperty writer

        for field in members |> List.collect Schema.memberFields do
            writer.WriteStartObject field.Name
            writer.WriteString("description", field.Doc)
            body writer field.Schema
            defaultValue writer field
            writer.WriteEndObject()

        writer.WriteEndObject()

        let tagged =
            match tag with
            | ValueSome(struct (key, _)) -> [ key ]
            | ValueNone -> []

        let required =
            members
            |> List.collect (fun item ->
                match item with
                | Member.Field field when field.Need = Need.Required -> [ field.Name ]
                | Member.Field _
                | Member.ExactlyOne _ -> [])

        let groups =
            members
            |> List.collect (fun item ->
                match item with
                | Member.ExactlyOne fields -> [ fields ]
                | Member.Field _ -> [])

        let needed = tagged @ required

        if standing <> Standing.Part && not (List.isEmpty needed && List.isEmpty groups) then
            writer.WriteStartArray "anyOf"
            unlessUsed writer
            writer.WriteStartObject()

            if not (List.isEmpty needed) then
                strings writer "required" needed

            if not (List.isEmpty groups) then
                writer.WriteStartArray "allOf"

                for fields in groups do
                    writer.WriteStartObject()
                    writer.WriteStartArray "oneOf"

                    for field in fields do
                        writer.WriteStartObject()
                        strings writer "required" [ field.Name ]
                        writer.WriteEndObject()

                    writer.WriteEndArray()
                    writer.WriteEndObject()

                writer.WriteEndArray()

            writer.WriteEndObject()

            if standing = Standing.Root then
                partOfOther writer members

            writer.WriteEndArray()

        writer.WriteBoolean("additionalProperties", false)

    and private defaultValue (writer: Utf8JsonWriter) (field: FieldSchema) =
        match field.Need, field.Schema with
        | Need.Default text,
          Schema.Scalar {
                            Shape = ScalarShape.Integer _ | ScalarShape.Number _ | ScalarShape.Boolean
                        } ->
            writer.WritePropertyName "default"
            writer.WriteRawValue text
        | Need.Default text, Schema.Scalar _ -> writer.WriteString("default", text)
        | _ -> ()

    let private document (title: string) (standing: Standing) (schema: Schema) : string =
        use stream = new MemoryStream()

        let write () =
            use writer = new Utf8JsonWriter(stream, JsonWriterOptions(Indented = true))
            writer.WriteStartObject()
            writer.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema")
            writer.WriteString("title", title)
            useDefinition writer

            match schema with
            | Schema.Block members -> block writer standing ValueNone members
            | other -> body writer other

            writer.WriteEndObject()

        write ()
        Encoding.UTF8.GetString(stream.ToArray())

    /// The schema as indented JSON; `title` names the document it describes.
    let print (title: string) (schema: Schema) : string = document title Standing.Root schema

    /// The schema of a file that a block takes keys from: the same, but no key must stand.
    let printPart (title: string) (block: Schema) : string = document title Standing.Part block
