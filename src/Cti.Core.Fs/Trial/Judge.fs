// Whether a trial came out as its test expects, and if not, what differs, where that was expected, and why.
namespace Cti.Core.Trials

open System
open System.Text
open System.Collections.Generic
open Cti.Core
open Cti.Core.Predicates
open Cti.Core.Declare

/// What can be wrong with what came out.
[<Struct; RequireQualifiedAccess>]
type MismatchKind =
    | NoIndicator
    | NoScreening
    | NoDeadLetter
    /// Something came where nothing was expected.
    | Unexpected
    | Count
    | SinkBytes
    | GoldenFile
    | NoGoldenFile
    /// The input cannot be used at all.
    | Input

[<RequireQualifiedAccess>]
module MismatchKind =
    /// Stable code, `CTI-TEST-NNN`.
    let code (kind: MismatchKind) : string =
        match kind with
        | MismatchKind.NoIndicator -> "CTI-TEST-001"
        | MismatchKind.NoScreening -> "CTI-TEST-002"
        | MismatchKind.NoDeadLetter -> "CTI-TEST-003"
        | MismatchKind.Unexpected -> "CTI-TEST-004"
        | MismatchKind.Count -> "CTI-TEST-005"
        | MismatchKind.SinkBytes -> "CTI-TEST-006"
        | MismatchKind.GoldenFile -> "CTI-TEST-007"
        | MismatchKind.NoGoldenFile -> "CTI-TEST-008"
        | MismatchKind.Input -> "CTI-TEST-009"

/// One expectation that was not met.
type Mismatch =
    {
        Kind: MismatchKind
        /// Of the expectation, in the pipeline's file.
        Span: Span
        /// One sentence, no full stop.
        Message: string
        /// What differs and why, line by line.
        Details: string list
    }

/// Holds results against expectations.
[<RequireQualifiedAccess>]
module Judge =
    let private mostShown = 5

    let private mismatch kind span message details =
        {
            Kind = kind
            Span = span
            Message = message
            Details = details
        }

    let private unexpected span (what: string) (items: string seq) (count: int) =
        let more =
            if count > mostShown then
                [ $"… and %d{count - mostShown} more" ]
            else
                []

        mismatch
            MismatchKind.Unexpected
            span
            $"expected no %s{what}, %d{count} came"
            (List.ofSeq (Seq.truncate mostShown items) @ more)

    // The rule of all three lists: each expectation has an item of its own; the empty list allows none.
    let private list
        kind
        (what: string)
        describe
        why
        facetsOf
        (items: 'T[])
        (expected: Located<Located<'E> list> option)
        =
        match expected with
        | None -> []
        | Some { Value = []; Span = span } when items.Length > 0 ->
            [ unexpected span (what + "s") (Seq.map describe items) items.Length ]
        | Some { Value = wanted } ->
            let facets = wanted |> List.map (fun one -> facetsOf one.Value)

            let assigned =
                Matching.assign (facets |> List.map Facets.fits |> List.toArray) items

            List.zip wanted facets
            |> List.mapi (fun index (one, facets) -> index, one, facets)
            |> List.filter (fun (index, _, _) -> assigned[index] < 0)
            |> List.map (fun (_, one: Located<'E>, facets) ->
                let details =
                    match Facets.nearest facets items with
                    | ValueSome near when List.isEmpty (Facets.differences facets near) ->
                        [
                            $"%s{describe near} is there, but another entry of the list stands for it already"
                        ]
                    | near -> why one.Value facets near

                mismatch kind one.Span $"no %s{what} is %s{Facets.describe facets}" details)

    let private nearest describe facets (near: 'T voption) otherwise =
        match near with
        | ValueSome item ->
            $"nearest is %s{describe item}:"
            :: List.map (fun line -> "  " + line) (Facets.differences facets item)
        | ValueNone -> otherwise

    let private indicators (expect: Expectations) (result: TrialResult) =
        let facets = IndicatorFacets result.Indicators

        let valueOf (expected: ExpectedIndicator) =
            expected.Fields
            |> List.tryPick (fun test ->
                match test with
                | FieldTest.Text(TextField.Value, value) -> Some value
                | _ -> None)

        let why (expected: ExpectedIndicator) wanted near =
            match valueOf expected, near with
            | Some value, ValueSome row when result.Indicators.Value.Text row <> value -> WhyNot.value result value
            | Some value, ValueNone -> WhyNot.value result value
            | _ -> nearest facets.Describe wanted near (WhyNot.summary result)

        list
            MismatchKind.NoIndicator
            "indicator"
            facets.Describe
            why
            facets.Of
            [| 0 .. result.Indicators.Count - 1 |]
            expect.Indicators

    let private describeScreening (screening: Screening) =
        $"%s{screening.Code} %s{Screening.typeName screening} %s{VisibleText.ofText screening.Value}, list %s{screening.List}, entry %s{VisibleText.ofText screening.Entry}"

    let private describeRejection (rejection: Rejection) =
        let value = VisibleText.ofText rejection.Value |> VisibleText.cut 100

        let field =
            if rejection.Field = "" then
                ""
            else
                $" field %s{rejection.Field}"

        $"%s{rejection.Code} line %d{rejection.Position.Line}%s{field} `%s{value}`: %s{rejection.Message}"

    // A value that was expected to fall out may have come through.
    let private cameThrough (result: TrialResult) (value: string option) =
        match value with
        | Some value ->
            Seq.init result.Indicators.Count id
            |> Seq.filter (fun row -> result.Indicators.Value.Text row = value)
            |> Seq.map (fun row ->
                $"%s{VisibleText.ofText value} came through: it is an indicator of type %s{ObservableType.name result.Indicators.Type[row]}")
            |> Seq.truncate 1
            |> List.ofSeq
        | None -> []

    let private screenings (expect: Expectations) (result: TrialResult) =
        let why (expected: ExpectedScreening) facets near =
            match cameThrough result expected.Value with
            | [] -> nearest describeScreening facets near (WhyNot.summary result)
            | through -> through

        list
            MismatchKind.NoScreening
            "screening"
            describeScreening
            why
            Facets.screening
            (Seq.toArray result.Screenings)
            expect.Screenings

    let private deadLetters (expect: Expectations) (result: TrialResult) =
        let why (expected: ExpectedDeadLetter) facets near =
            match cameThrough result expected.Value with
            | [] -> nearest describeRejection facets near (WhyNot.summary result)
            | through -> through

        list
            MismatchKind.NoDeadLetter
            "dead letter"
            describeRejection
            why
            Facets.deadLetter
            (Seq.toArray result.Rejections)
            expect.DeadLetters

    let private counts (expect: Expectations) (result: TrialResult) =
        let actual (count: TestCount) =
            match count with
            | TestCount.Records -> result.Records
            | TestCount.Observations -> result.Observations
            | TestCount.Indicators -> int64 result.Indicators.Count
            | TestCount.Screenings -> int64 result.Screenings.Count
            | TestCount.DeadLetters -> int64 result.Rejections.Count
            | TestCount.Losses -> result.Losses.Total

        expect.Counts
        |> List.filter (fun (count, range) -> not (CountRange.holds range.Value (actual count)))
        |> List.map (fun (count, range) ->
            mismatch
                MismatchKind.Count
                range.Span
                $"%s{TestCount.name count} is %d{actual count}, expected %s{Literal.countOrRange.Print range.Value}"
                (match count with
                 | TestCount.Losses -> WhyNot.losses result
                 | TestCount.Records
                 | TestCount.Observations
                 | TestCount.Indicators
                 | TestCount.Screenings
                 | TestCount.DeadLetters -> WhyNot.summary result))

    let private differs kind span message (result: TrialResult) (sink: SinkTrial) (wanted: byte[]) =
        if ReadOnlySpan<byte>(wanted).SequenceEqual(ReadOnlySpan<byte> sink.Bytes) then
            []
        else
            [
                LineDiff.lines wanted sink.Bytes
                @ WhyNot.lines result sink (LineDiff.missing wanted sink.Bytes)
                |> mismatch kind span message
            ]

    let private trialOf (result: TrialResult) (name: Name) =
        result.Sinks |> List.filter (fun sink -> sink.Name = name)

    let private sinks (expect: Expectations) (result: TrialResult) =
        expect.Sinks
        |> List.collect (fun (name, wanted) ->
            trialOf result name
            |> List.collect (fun sink ->
                Encoding.UTF8.GetBytes wanted.Value
                |> differs MismatchKind.SinkBytes wanted.Span $"sink %s{name.Value} writes other bytes" result sink))

    let private files (golden: IReadOnlyDictionary<string, byte[]>) (expect: Expectations) (result: TrialResult) =
        expect.Files
        |> List.collect (fun (name, path) ->
            match golden.TryGetValue path.Value with
            | true, wanted ->
                trialOf result name
                |> List.collect (fun sink ->
                    differs
                        MismatchKind.GoldenFile
                        path.Span
                        $"sink %s{name.Value} writes other bytes than %s{path.Value} holds"
                        result
                        sink
                        wanted)
            | _ ->
                [
                    mismatch
                        MismatchKind.NoGoldenFile
                        path.Span
                        $"the golden file %s{path.Value} of sink %s{name.Value} is not there"
                        [ "`cti test --update` writes it; look at what it holds before you commit it" ]
                ])

    let private inputs (test: PipelineTest) (result: TrialResult) =
        result.Faults
        |> Seq.map (fun fault ->
            let given =
                test.Inputs
                |> List.filter (fun input -> input.Source = fault.Source)
                |> List.map (fun input ->
                    match input.Given with
                    | Given.Text text -> text.Span
                    | Given.File path -> path.Span)
                |> List.tryHead
                |> Option.defaultValue test.Name.Span

            mismatch
                MismatchKind.Input
                given
                $"source %s{fault.Source.Value} cannot use what it is given: %s{fault.Code} %s{fault.Message}"
                [])
        |> List.ofSeq

    /// What of the test's expectations the result does not meet, in the order of the file; none where the test holds. `golden` has the golden
    /// files that are there, by their paths as the test writes them.
    let mismatches
        (golden: IReadOnlyDictionary<string, byte[]>)
        (test: PipelineTest)
        (result: TrialResult)
        : Mismatch list =
        [
            yield! inputs test result
            yield! indicators test.Expect result
            yield! screenings test.Expect result
            yield! deadLetters test.Expect result
            yield! sinks test.Expect result
            yield! files golden test.Expect result
            yield! counts test.Expect result
        ]
        |> List.sortBy (fun mismatch -> struct (mismatch.Span.Start.Line, mismatch.Span.Start.Column))
