// Reading STIX bundles in tests, and the ids of their observables: from the specification (RFC 8785, RFC 9562), sharing no
// code with the printer.
module Cti.Core.Tests.StixReader

open System
open System.Security.Cryptography
open System.Text
open System.Text.Json
open System.Text.Json.Nodes

let scoTypes =
    set
        [
            "ipv4-addr"
            "ipv6-addr"
            "domain-name"
            "url"
            "email-addr"
            "file"
            "network-traffic"
            "directory"
            "autonomous-system"
            "mutex"
            "windows-registry-key"
            "x509-certificate"
            "mac-addr"
        ]

let has (name: string) (item: JsonObject) = item.ContainsKey name

let get (name: string) (item: JsonObject) =
    match item[name] with
    | null -> ""
    | node ->
        if node.GetValueKind() = JsonValueKind.String then
            node.GetValue<string>()
        else
            node.ToJsonString()

let typeOf item = get "type" item
let isSco item = scoTypes.Contains(typeOf item)

let objects (bundle: JsonObject) : JsonObject list =
    match bundle["objects"] with
    | null -> []
    | list -> [ for item in list.AsArray() -> (nonNull item).AsObject() ]

let each (test: JsonObject -> string list) (bundle: JsonObject) =
    objects bundle
    |> List.collect (fun item ->
        test item
        |> List.map (fun what -> typeOf item + " " + get "id" item + ": " + what))

let strings (node: JsonNode | null) =
    match node with
    | null -> []
    | list -> [ for item in list.AsArray() -> (nonNull item).GetValue<string>() ]

// RFC 8785 for what our objects hold: sorted names, minimal escapes, integers.
let rec canonical (node: JsonNode) : string =
    match node with
    | :? JsonObject as item ->
        let members =
            item
            |> Seq.sortWith (fun left right -> String.CompareOrdinal(left.Key, right.Key))
            |> Seq.map (fun pair -> $"%s{quote pair.Key}:%s{canonical (nonNull pair.Value)}")

        "{" + String.Join(",", members) + "}"
    | :? JsonArray as list -> "[" + String.Join(",", list |> Seq.map (nonNull >> canonical)) + "]"
    | value when value.GetValueKind() = JsonValueKind.String -> quote (value.GetValue<string>())
    | value -> value.ToJsonString()

and quote (text: string) =
    let builder = StringBuilder "\""

    for character in text do
        match character with
        | '"' -> builder.Append "\\\"" |> ignore
        | '\\' -> builder.Append "\\\\" |> ignore
        | '\b' -> builder.Append "\\b" |> ignore
        | '\t' -> builder.Append "\\t" |> ignore
        | '\n' -> builder.Append "\\n" |> ignore
        | '\f' -> builder.Append "\\f" |> ignore
        | '\r' -> builder.Append "\\r" |> ignore
        | control when control < ' ' -> builder.Append($"\\u%04x{int control}") |> ignore
        | other -> builder.Append other |> ignore

    builder.Append("\"").ToString()

let uuid5 (space: string) (name: string) =
    let message =
        Array.append (Guid(space).ToByteArray true) (Encoding.UTF8.GetBytes name)

    let digest = SHA1.HashData message
    digest[6] <- (digest[6] &&& 0x0Fuy) ||| 0x50uy
    digest[8] <- (digest[8] &&& 0x3Fuy) ||| 0x80uy
    Guid(ReadOnlySpan<byte>(digest, 0, 16), true).ToString "D"
