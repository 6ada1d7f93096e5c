// What a client may add to a collection: envelopes (TAXII 2.1 §3.7) of STIX 2.1 objects, each judged by itself, so that one that is wrong keeps no other out.
namespace Cti.Core

open System
open System.Text

/// Why an object is not added.
[<RequireQualifiedAccess>]
type PushFault =
    /// No JSON object, or no `type` and `id` that fit each other.
    | NotIdentified
    /// A version of STIX that is not 2.1.
    | OtherVersion
    /// A property that the type asks for is not there.
    | Missing of property: string
    /// A time that is none, or `modified` before `created`.
    | BadTime of property: string
    /// A reference that is none, or leads to what it may not lead to.
    | BadReference of property: string
    /// A pattern of STIX that is none.
    | BadPattern of problem: string
    /// More secret than the collection may hold.
    | TooSecret of found: Tlp * most: Tlp
    /// The version is there already, and says something else.
    | OtherContent
    /// The pipeline that fills the collection publishes this object.
    | NotYours

[<RequireQualifiedAccess>]
module PushFault =
    /// Stable code, `CTI-PUSH-NNN`.
    let code (fault: PushFault) =
        match fault with
        | PushFault.NotIdentified -> "CTI-PUSH-001"
        | PushFault.OtherVersion -> "CTI-PUSH-002"
        | PushFault.Missing _ -> "CTI-PUSH-003"
        | PushFault.BadTime _ -> "CTI-PUSH-004"
        | PushFault.BadReference _ -> "CTI-PUSH-005"
        | PushFault.BadPattern _ -> "CTI-PUSH-006"
        | PushFault.TooSecret _ -> "CTI-PUSH-007"
        | PushFault.OtherContent -> "CTI-PUSH-008"
        | PushFault.NotYours -> "CTI-PUSH-009"

    /// For whoever sent it.
    let message (fault: PushFault) =
        let text =
            match fault with
            | PushFault.NotIdentified ->
                "the object needs a `type` and an `id` of the form type--uuid, lower case (STIX 2.1 §2.9)"
            | PushFault.OtherVersion -> "the object is not of STIX 2.1 (`spec_version`)"
            | PushFault.Missing property -> $"`%s{property}` is missing"
            | PushFault.BadTime "modified" ->
                "`modified` must be a time such as 2026-01-01T00:00:00.000Z, and not before `created`"
            | PushFault.BadTime property -> $"`%s{property}` must be a time such as 2026-01-01T00:00:00.000Z"
            | PushFault.BadReference property -> $"`%s{property}` does not hold the ids it should (STIX 2.1 §2.9)"
            | PushFault.BadPattern problem -> $"`pattern` is no STIX pattern: %s{problem}"
            | PushFault.TooSecret(found, most) ->
                $"the object is TLP:%s{(Tlp.name found).ToUpperInvariant()}, and this collection holds nothing above TLP:%s{(Tlp.name most).ToUpperInvariant()}"
            | PushFault.OtherContent ->
                "another object of this id and version is there already: a change needs a later `modified` (STIX 2.1 §3.6)"
            | PushFault.NotYours ->
                "a pipeline publishes this object in the collection; send yours under an id of your own"

        code fault + " " + text

/// Judges objects one by one. Reused; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type PushedObjects(maxTlp: Tlp) =
    let reader = StixObjectReader()
    let scratch = Utf8Writer 64

    let tree () = reader.Tree

    let isThere (node: int) =
        node >= 0 && (tree ()).Kind node <> JsonKind.Null

    let timeAt (node: int) : Timestamp voption =
        if (tree ()).IsText node then
            StixTime.tryRead ((tree ()).Text(node, scratch))
        else
            ValueNone

    let isId (prefix: string) (node: int) =
        (tree ()).IsText node
        && (let text = Encoding.UTF8.GetString((tree ()).Raw node)
            let cut = text.IndexOf("--", StringComparison.Ordinal)

            cut > 0
            && (prefix = "" || text.Substring(0, cut) = prefix)
            && (Uuid.tryParse (text.Substring(cut + 2))).IsSome)

    let areIds (prefix: string) (node: int) =
        (tree ()).Kind node = JsonKind.Array
        && (tree ()).After node > node + 1
        && (let mutable child = node + 1
            let mutable good = true

            while child < (tree ()).After node do
                good <- good && isId prefix child
                child <- (tree ()).After child

            good)

    let one (name: string) (prefix: string) =
        struct (name, Encoding.UTF8.GetBytes name, isId prefix)

    let many (name: string) (prefix: string) =
        struct (name, Encoding.UTF8.GetBytes name, areIds prefix)

    let references =
        [
            one "created_by_ref" "identity"
            one "source_ref" ""
            one "target_ref" ""
            one "sighting_of_ref" ""
            one "object_ref" ""
            many "object_marking_refs" "marking-definition"
            many "object_refs" ""
        ]

    let times =
        [ "valid_from"; "valid_until"; "first_observed"; "last_observed"; "published" ]
        |> List.map (fun name -> struct (name, Encoding.UTF8.GetBytes name))

    let specVersion = "spec_version"B
    let created = "created"B
    let modified = "modified"B
    let pattern = "pattern"B
    let patternType = "pattern_type"B
    let stix = "stix"B

    let isMissing (name: byte[]) =
        not (isThere ((tree ()).Member(0, name)))

    let familyFault (family: StixFamily) : PushFault voption =
        let version = (tree ()).Member(0, specVersion)
        let createdAt = timeAt ((tree ()).Member(0, created))
        let modifiedAt = timeAt ((tree ()).Member(0, modified))
        let needsCreated = family = StixFamily.Versioned || family = StixFamily.Marking

        let needsModified =
            family = StixFamily.Versioned
            || (family = StixFamily.Custom && isThere ((tree ()).Member(0, created)))

        if isThere version && not ((tree ()).Is(version, "2.1"B)) then
            ValueSome PushFault.OtherVersion
        elif needsCreated && not (isThere version) then
            ValueSome(PushFault.Missing "spec_version")
        elif needsCreated && isMissing created then
            ValueSome(PushFault.Missing "created")
        elif needsModified && isMissing modified then
            ValueSome(PushFault.Missing "modified")
        elif not (isMissing created) && createdAt.IsNone then
            ValueSome(PushFault.BadTime "created")
        elif not (isMissing modified) && modifiedAt.IsNone then
            ValueSome(PushFault.BadTime "modified")
        else
            match createdAt, modifiedAt with
            | ValueSome first, ValueSome last when last < first -> ValueSome(PushFault.BadTime "modified")
            | _ -> ValueNone

    let propertyFault (required: struct (string * byte[]) list) : PushFault voption =
        let missing =
            required
            |> List.tryPick (fun (struct (name, bytes)) -> if isMissing bytes then Some name else None)

        let badTime () =
            times
            |> List.tryPick (fun (struct (name, bytes)) ->
                if not (isMissing bytes) && (timeAt ((tree ()).Member(0, bytes))).IsNone then
                    Some name
                else
                    None)

        let badReference () =
            references
            |> List.tryPick (fun (struct (name, bytes, holds)) ->
                let node = (tree ()).Member(0, bytes)
                if isThere node && not (holds node) then Some name else None)

        match missing with
        | Some name -> ValueSome(PushFault.Missing name)
        | None ->
            match badTime () with
            | Some name -> ValueSome(PushFault.BadTime name)
            | None ->
                match badReference () with
                | Some name -> ValueSome(PushFault.BadReference name)
                | None -> ValueNone

    let patternFault (kind: string) : PushFault voption =
        if
            kind <> "indicator"
            || not ((tree ()).Is((tree ()).Member(0, patternType), stix))
        then
            ValueNone
        else
            let text = (tree ()).Text((tree ()).Member(0, pattern), scratch)

            match PatternParser.parse (Encoding.UTF8.GetString text) with
            | Ok _ -> ValueNone
            | Error error -> ValueSome(PushFault.BadPattern $"column %d{error.Column}: %s{error.Problem}")

    /// The head of an object that may be added, or why it may not.
    member _.Judge(text: ReadOnlySpan<byte>) : Result<StixObjectHead, PushFault> =
        match reader.TryRead text with
        | ValueNone -> Error PushFault.NotIdentified
        | ValueSome head ->
            let struct (family, required) = StixRequired.ofType head.Type

            let fault =
                match familyFault family with
                | ValueSome _ as found -> found
                | ValueNone ->
                    match propertyFault required with
                    | ValueSome _ as found -> found
                    | ValueNone -> patternFault head.Type

            match fault with
            | ValueSome found -> Error found
            | ValueNone when Tlp.code head.Tlp > Tlp.code maxTlp -> Error(PushFault.TooSecret(head.Tlp, maxTlp))
            | ValueNone -> Ok head

/// Why a request holds no envelope, for whoever sent it.
[<RequireQualifiedAccess>]
type EnvelopeFault =
    | NoJson of problem: string
    | OtherShape of problem: string

[<RequireQualifiedAccess>]
module TaxiiEnvelope =
    /// The objects of an envelope, each as its bytes stand in it.
    let cut (content: byte[]) : Result<ReadOnlyMemory<byte> list, EnvelopeFault> =
        let tree = JsonTree()
        let ending = tree.Parse(content, 0, content.Length, true, 1L)

        let isRest (at: int) =
            (ReadOnlySpan<byte>(content, at, content.Length - at)).IndexOfAnyExcept(" \t\r\n"B) < 0

        if ending = -2 then
            match tree.Refusal with
            | ValueSome _ ->
                Error(
                    EnvelopeFault.OtherShape "the JSON is deeper than 64 levels, or has more than four million values"
                )
            | ValueNone ->
                Error(EnvelopeFault.NoJson $"no JSON at byte %d{tree.BrokenAt}: here should stand %s{tree.Expected}")
        elif ending < 0 then
            Error(EnvelopeFault.NoJson "the JSON ends in the middle")
        elif not (isRest ending) then
            Error(EnvelopeFault.NoJson "something stands behind the envelope")
        elif tree.Kind 0 <> JsonKind.Object then
            Error(EnvelopeFault.OtherShape "an envelope is a JSON object: {\"objects\": [ … ]}")
        elif tree.Member(0, "type"B) >= 0 then
            Error(
                EnvelopeFault.OtherShape
                    "this is a STIX object or bundle; TAXII 2.1 wants its objects in an envelope: {\"objects\": [ … ]}"
            )
        else
            match tree.Member(0, "objects"B) with
            | node when node < 0 || tree.Kind node <> JsonKind.Array || tree.After node = node + 1 ->
                Error(EnvelopeFault.OtherShape "`objects` must be a list that is not empty")
            | node ->
                let found = ResizeArray<ReadOnlyMemory<byte>>()
                let mutable child = node + 1

                while child < tree.After node do
                    found.Add(ReadOnlyMemory<byte>(content, tree.Start child, tree.End child - tree.Start child))
                    child <- tree.After child

                Ok(List.ofSeq found)
