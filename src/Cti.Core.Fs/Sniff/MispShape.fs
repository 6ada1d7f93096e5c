// Whether the first bytes of a source are MISP's: by the names of members and what stands in them.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal MispShape =
    let private memberOf (name: string) (shape: JsonShape) : JsonShape option =
        match shape with
        | JsonShape.Object members -> members |> List.tryFind (fst >> (=) name) |> Option.map snd
        | JsonShape.Array _
        | JsonShape.Plain -> None

    let private has (name: string) (shape: JsonShape) = (memberOf name shape).IsSome

    let private first (shape: JsonShape) : JsonShape option =
        match shape with
        | JsonShape.Array elements -> List.tryHead elements
        | JsonShape.Object _
        | JsonShape.Plain -> None

    let private isAttribute (shape: JsonShape) =
        has "type" shape
        && has "value" shape
        && (has "to_ids" shape || has "category" shape)

    let private isObject (shape: JsonShape) =
        has "meta-category" shape
        || memberOf "Attribute" shape |> Option.bind first |> Option.exists isAttribute

    let private isEvent (shape: JsonShape) =
        (has "info" shape
         && (has "threat_level_id" shape || has "Orgc" shape || has "Attribute" shape))
        || memberOf "Attribute" shape |> Option.bind first |> Option.exists isAttribute
        || memberOf "Object" shape |> Option.bind first |> Option.exists isObject

    let private isWrapped (shape: JsonShape) =
        memberOf "Event" shape
        |> Option.exists (fun event -> isEvent event || has "uuid" event)

    let private isElement (shape: JsonShape) =
        isWrapped shape || isEvent shape || isAttribute shape

    // Its members are named by UUIDs.
    let private isManifest (shape: JsonShape) =
        match shape with
        | JsonShape.Object((name, entry) :: _) ->
            fst (Guid.TryParseExact(name, "D")) && has "timestamp" entry && has "info" entry
        | JsonShape.Object []
        | JsonShape.Array _
        | JsonShape.Plain -> false

    let private isGalaxy (shape: JsonShape) =
        has "authors" shape
        && (has "values" shape || has "category" shape || has "source" shape)

    let private isTaxonomy (shape: JsonShape) =
        has "namespace" shape && has "predicates" shape

    let rec private isDocument (shape: JsonShape) =
        match shape with
        | JsonShape.Array elements -> elements |> List.tryHead |> Option.exists isElement
        | JsonShape.Plain -> false
        | JsonShape.Object _ ->
            isElement shape
            || memberOf "response" shape |> Option.exists isDocument
            || isManifest shape
            || isGalaxy shape
            || isTaxonomy shape

    /// Whether a head begins a MISP document.
    let isIn (head: Head) : bool =
        let start = head.Text.AsSpan().TrimStart()

        (start.StartsWith("{".AsSpan()) || start.StartsWith("[".AsSpan()))
        && (match JsonShape.ofHead head.Bytes head.IsWhole with
            | Ok shape -> isDocument shape
            | Error _ -> false)
