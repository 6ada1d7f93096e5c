// The keys of a block: required, optional, defaulted, alternatives; and the `block { let! … and! … }` expression.
namespace Cti.Core.Declare

open Cti.Core

[<RequireQualifiedAccess>]
module Field =
    let private find (name: string) (mapping: MappingNode) =
        mapping.Entries |> List.tryFind (fun entry -> entry.Key.Text = name)

    let private schema name doc need (decoder: Decoder<'T>) =
        {
            Name = name
            Doc = doc
            Need = need
            Schema = decoder.Schema
        }

    let private one name doc need (decoder: Decoder<'A>) missing present : Fields<'B> =
        {
            Members = [ Member.Field(schema name doc need decoder) ]
            RunFields =
                fun path mapping ->
                    match find name mapping with
                    | Some entry -> decoder.Run (Step.Key name :: path) entry.Value |> Result.map present
                    | None -> missing (Step.Key name :: path) mapping
        }

    /// A key that must stand.
    let required (name: string) (doc: string) (decoder: Decoder<'T>) : Fields<'T> =
        one
            name
            doc
            Need.Required
            decoder
            (fun path mapping -> Error [ Diagnostic.create path mapping.Span (Fault.MissingKey(name, doc)) ])
            id

    /// A key that must stand where the block's other keys say so.
    let requiredIf (isNeeded: Node -> bool) (name: string) (doc: string) (decoder: Decoder<'T>) : Fields<'T option> =
        one
            name
            doc
            Need.Optional
            decoder
            (fun path mapping ->
                if isNeeded (Node.Mapping mapping) then
                    Error [ Diagnostic.create path mapping.Span (Fault.MissingKey(name, doc)) ]
                else
                    Ok None)
            Some

    /// A key that may be left out.
    let optional (name: string) (doc: string) (decoder: Decoder<'T>) : Fields<'T option> =
        one name doc Need.Optional decoder (fun _ _ -> Ok None) Some

    /// A single value with a default.
    let defaulted (name: string) (doc: string) (kind: Literal<'T>) (value: 'T) : Fields<'T> =
        one name doc (Need.Default(kind.Print value)) (Decode.literal kind) (fun _ _ -> Ok value) id

    /// The same for a value that is more than a literal; `printed` is how its default would be written.
    let defaultedTo (name: string) (doc: string) (decoder: Decoder<'T>) (printed: string) (value: 'T) : Fields<'T> =
        one name doc (Need.Default printed) decoder (fun _ _ -> Ok value) id

    /// A single value whose default is applied later, by a rule that must know whether it was given.
    let noted (name: string) (doc: string) (kind: Literal<'T>) (value: 'T) : Fields<'T option> =
        one name doc (Need.Default(kind.Print value)) (Decode.literal kind) (fun _ _ -> Ok None) Some

    /// A block that may be left out when each of its keys may: then it is decoded as if it were empty.
    let section (name: string) (doc: string) (decoder: Decoder<'T>) : Fields<'T> =
        one
            name
            doc
            Need.Optional
            decoder
            (fun path mapping -> decoder.Run path (Node.Mapping { Entries = []; Span = mapping.Span }))
            id

    /// Alternatives by key: exactly one of them stands.
    let exactlyOne (alternatives: (string * string * Decoder<'T>) list) : Fields<'T> =
        let names = alternatives |> List.map (fun (name, _, _) -> name)

        let run (path: Path) (mapping: MappingNode) =
            let present =
                alternatives
                |> List.choose (fun (name, _, decoder) ->
                    find name mapping |> Option.map (fun entry -> name, entry, decoder))

            match present with
            | [ name, entry, decoder ] -> decoder.Run (Step.Key name :: path) entry.Value
            | [] -> Error [ Diagnostic.create path mapping.Span (Fault.NotExactlyOne(names, [])) ]
            | (_, _, _) :: (_, second, _) :: _ ->
                let found = present |> List.map (fun (name, _, _) -> name)
                Error [ Diagnostic.create path second.Key.Span (Fault.NotExactlyOne(names, found)) ]

        {
            Members =
                [
                    alternatives
                    |> List.map (fun (name, doc, decoder) -> schema name doc Need.Required decoder)
                    |> Member.ExactlyOne
                ]
            RunFields = run
        }

    /// No keys at all.
    let none (value: 'T) : Fields<'T> =
        {
            Members = []
            RunFields = fun _ _ -> Ok value
        }

    let map (change: 'A -> 'B) (fields: Fields<'A>) : Fields<'B> =
        {
            Members = fields.Members
            RunFields = fun path mapping -> fields.RunFields path mapping |> Result.map change
        }

    /// Checks across keys: steps from the block to what is wrong.
    let check (faults: 'T -> (Step list * Fault) list) (fields: Fields<'T>) : Fields<'T> =
        {
            Members = fields.Members
            RunFields =
                fun path mapping ->
                    fields.RunFields path mapping
                    |> Result.bind (Decode.judge faults path (Node.Mapping mapping))
        }

    /// Both, with the errors of both.
    let zip (left: Fields<'A>) (right: Fields<'B>) : Fields<'A * 'B> =
        {
            Members = left.Members @ right.Members
            RunFields =
                fun path mapping ->
                    Both.zip (left.RunFields path mapping) (right.RunFields path mapping)
                    |> Result.map (fun (struct (a, b)) -> a, b)
        }

/// `block { let! a = Field.required … and! b = Field.optional … return … }`: independent keys, all errors.
type BlockBuilder() =
    member _.MergeSources(left: Fields<'A>, right: Fields<'B>) : Fields<'A * 'B> = Field.zip left right
    member _.BindReturn(fields: Fields<'A>, change: 'A -> 'B) : Fields<'B> = Field.map change fields

[<AutoOpen>]
module BlockBuilder =
    let block = BlockBuilder()
