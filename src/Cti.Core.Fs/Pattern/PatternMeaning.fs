// What a pattern says in observables, where it says no more than that: one comparison, or alternatives of which each is enough. Everything else
// stays the pattern it is (docs/decisions/0021-stix-input.md).
namespace Cti.Core

open System
open System.Globalization
open System.Text

/// What is to be made of a pattern.
[<RequireQualifiedAccess>]
type PatternMeaning =
    /// Each of them alone is what the pattern looks for. `dropped`: what was also asked and says nothing of its own, as the protocol of an endpoint.
    | Observables of (ObservableType * string) list * dropped: PatternPath list
    /// It says more than a list of observables can.
    | Whole

[<RequireQualifiedAccess>]
module PatternMeaning =
    let private textOf (literal: PatternLiteral) : string voption =
        match literal with
        | PatternLiteral.Text text -> ValueSome text
        | PatternLiteral.Integer number when number >= 0L -> ValueSome(number.ToString CultureInfo.InvariantCulture)
        | _ -> ValueNone

    let private fieldOf (path: PatternPath) : PatternField voption =
        let text = (PatternPrinter.pathText path).ToLowerInvariant()

        if text.Length > PatternSubject.longest then
            ValueNone
        else
            PatternSubject.tryFind (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text))

    let private observable (path: PatternPath) (literal: PatternLiteral) : (ObservableType * string) voption =
        match fieldOf path, textOf literal with
        | ValueSome field, ValueSome text ->
            let kind =
                PatternSubject.typeOf field (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text))
            // Numbers stand for nothing but what is a number.
            let isNumber = literal.IsInteger

            if isNumber = (kind = ObservableType.Asn) then
                ValueSome(kind, text)
            else
                ValueNone
        | _ -> ValueNone

    let private ofTest (path: PatternPath) (test: PatternTest) : (ObservableType * string) list voption =
        match test with
        | PatternTest.Equal literal -> observable path literal |> ValueOption.map List.singleton
        | PatternTest.In literals when not (List.isEmpty literals) ->
            let found = literals |> List.map (observable path)

            if found |> List.forall _.IsSome then
                ValueSome(found |> List.map ValueOption.get)
            else
                ValueNone
        | PatternTest.IsSubset network ->
            match fieldOf path with
            | ValueSome(PatternField.Ipv4 | PatternField.Ipv6 | PatternField.Endpoint as field) ->
                let kind =
                    PatternSubject.typeOf field (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes network))

                if kind = ObservableType.Domain then
                    ValueNone
                else
                    ValueSome [ kind, network ]
            | _ -> ValueNone
        | _ -> ValueNone

    /// What all of one object's comparisons ask, by path; none where they are not all `=` on one object.
    let private equalities (items: PatternComparison list) : (PatternPath * PatternLiteral) list voption =
        let found =
            items
            |> List.choose (fun item ->
                match item with
                | PatternComparison.Test(path, false, PatternTest.Equal literal) -> Some(path, literal)
                | _ -> None)

        let objects = found |> List.map (fun (path, _) -> path.Object) |> List.distinct
        let paths = found |> List.map fst |> List.distinct

        if found.Length = items.Length && objects.Length = 1 && paths.Length = found.Length then
            ValueSome found
        else
            ValueNone

    let private stepsText (path: PatternPath) =
        (PatternPrinter.pathText path).Substring(path.Object.Length + 1)

    /// Several hashes of one file: each names the same content, and is enough.
    let private ofHashes (found: (PatternPath * PatternLiteral) list) =
        let isHash (path: PatternPath) =
            match path.Steps with
            | [ PatternStep.Property "hashes"; PatternStep.Property _ ] -> true
            | _ -> false

        let observables = found |> List.map (fun (path, literal) -> observable path literal)

        let kinds =
            observables
            |> List.choose (ValueOption.map fst >> ValueOption.toOption)
            |> List.distinct

        if found |> List.forall (fst >> isHash) && kinds.Length = found.Length then
            ValueSome(observables |> List.map ValueOption.get, [])
        else
            ValueNone

    let private ofPath (found: (PatternPath * PatternLiteral) list) =
        let named =
            found
            |> List.map (fun (path, literal) -> stepsText path, textOf literal)
            |> List.sort

        match named with
        | [ "name", ValueSome name; "parent_directory_ref.path", ValueSome folder ] ->
            ValueSome([ ObservableType.FilePath, PatternSubject.filePath folder name ], [])
        | _ -> ValueNone

    /// One end of a connection: its address, with a port where it is the destination's.
    let private ofTraffic (found: (PatternPath * PatternLiteral) list) =
        let value name =
            found
            |> List.tryPick (fun (path, literal) -> if stepsText path = name then Some(path, literal) else None)

        let isOneOf (names: string list) (path: PatternPath) = List.contains (stepsText path) names

        let protocols =
            found
            |> List.filter (fun (path, _) ->
                match path.Steps with
                | [ PatternStep.Property "protocols"; _ ] -> true
                | _ -> false)
            |> List.map fst

        let ofEnd (side: string) =
            let known = [ $"%s{side}_ref.type"; $"%s{side}_ref.value"; $"%s{side}_port" ]

            match value $"%s{side}_ref.value", value $"%s{side}_port" with
            | Some(path, literal), port when
                found
                |> List.forall (fun (path, _) -> isOneOf known path || List.contains path protocols)
                ->
                match observable path literal, port with
                | ValueSome found, None when List.isEmpty protocols -> ValueSome([ found ], [])
                | ValueSome((ObservableType.Ipv4 | ObservableType.Ipv6), address), Some(_, literal) when side = "dst" ->
                    match textOf literal with
                    | ValueSome port ->
                        ValueSome([ ObservableType.IpPort, PatternSubject.endpoint address port ], protocols)
                    | ValueNone -> ValueNone
                | _ -> ValueNone
            | _ -> ValueNone

        match ofEnd "dst" with
        | ValueSome found -> ValueSome found
        | ValueNone -> ofEnd "src"

    let private ofAnd (items: PatternComparison list) =
        match equalities items with
        | ValueNone -> ValueNone
        | ValueSome found ->
            match (fst found.Head).Object with
            | "file" ->
                match ofHashes found with
                | ValueSome observables -> ValueSome observables
                | ValueNone -> ofPath found
            | "artifact"
            | "x509-certificate" -> ofHashes found
            | "network-traffic" -> ofTraffic found
            | _ -> ValueNone

    let private all (parts: ((ObservableType * string) list * PatternPath list) voption list) =
        if parts |> List.forall _.IsSome then
            let parts = parts |> List.map ValueOption.get
            ValueSome(List.collect fst parts, List.collect snd parts)
        else
            ValueNone

    let rec private ofComparison (comparison: PatternComparison) =
        match comparison with
        | PatternComparison.Test(path, false, test) -> ofTest path test |> ValueOption.map (fun found -> found, [])
        | PatternComparison.Test _ -> ValueNone
        | PatternComparison.Or items -> items |> List.map ofComparison |> all
        | PatternComparison.And items -> ofAnd items

    let rec private ofObservation (observation: PatternObservation) =
        match observation with
        | PatternObservation.One comparison -> ofComparison comparison
        | PatternObservation.Or items -> items |> List.map ofObservation |> all
        | PatternObservation.And _
        | PatternObservation.FollowedBy _
        | PatternObservation.Qualified _ -> ValueNone

    /// What a pattern says; values are as written.
    let ofPattern (pattern: PatternObservation) : PatternMeaning =
        match ofObservation pattern with
        | ValueSome(observables, dropped) ->
            PatternMeaning.Observables(List.distinct observables, List.distinct dropped)
        | ValueNone -> PatternMeaning.Whole
