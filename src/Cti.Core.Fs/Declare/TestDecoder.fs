// How the tests of a pipeline are written in YAML.
namespace Cti.Core.Declare

open Cti.Core

[<RequireQualifiedAccess>]
module internal TestDecoder =
    // This namespace has a Field of its own: the keys of a block.
    type private PredicateField = Cti.Core.Predicates.Field
    module PredicateFields = Cti.Core.Predicates.Field

    /// Text to the byte: unlike other texts it may be empty.
    let private bytes: Decoder<Located<string>> =
        Decode.scalar
            "text"
            {
                Name = "text"
                Shape = ScalarShape.Text ""
            }
            (fun _ scalar ->
                Ok
                    {
                        Value = scalar.Text
                        Span = scalar.Span
                    })

    let private text = Decode.literal Literal.text

    let private input: Fields<TestInput> =
        block {
            let! source =
                Field.required "source" "the source that is fed" (Decode.literal Literal.name)

            and! given =
                Field.exactlyOne
                    [
                        "given", "what the source brings, to the byte", Decode.map Given.Text bytes
                        "given_file",
                        "the file that holds what the source brings, plain or gzip, relative to this file; at most 16 MiB",
                        Decode.map Given.File (Decode.located text)
                    ]

            return { Source = source; Given = given }
        }

    // One field of an expected indicator, written as its kind asks.
    let private fieldTest (field: PredicateField) : Fields<FieldTest option> =
        let optional doc decoder =
            Field.optional (PredicateFields.name field) doc decoder

        match field with
        | PredicateField.Text name ->
            let word =
                match PredicateFields.vocabulary name with
                | ValueSome words ->
                    words
                    |> List.map (fun word -> word, word)
                    |> Literal.choice $"a %s{PredicateFields.name field}"
                | ValueNone -> Literal.text

            optional "this very text" (Decode.literal word |> Decode.map (fun word -> FieldTest.Text(name, word)))
        // A probability is no whole number; whoever must test one asks for it in a sink's `where`.
        | PredicateField.Number name when Predicates.NumberField.scale name > 0uy -> Field.none None
        | PredicateField.Flag name ->
            optional
                "true or false"
                (Decode.literal Literal.bool
                 |> Decode.map (fun flag -> FieldTest.Flag(name, flag)))
        | PredicateField.Number name ->
            optional
                "this number, or one within this range"
                (Decode.literal Literal.countOrRange
                 |> Decode.map (fun range -> FieldTest.Number(name, range)))
        | PredicateField.Time name ->
            optional
                "this very time"
                (Decode.literal Literal.time
                 |> Decode.map (fun time -> FieldTest.Time(name, Timestamp.ofDateTimeOffset time)))
        | PredicateField.List name ->
            optional
                "these names and no others, in any order"
                (Decode.list text
                 |> Decode.map (fun names -> FieldTest.Names(name, List.ofSeq (NameSet.Of names).Names)))

    // Every field of `where:`, so that what enrichment adds there can be tested at once.
    let private fieldTests: Fields<FieldTest list> =
        PredicateFields.all
        |> List.map fieldTest
        |> List.fold
            (fun all one -> Field.zip all one |> Field.map (fun (tests, test) -> tests @ Option.toList test))
            (Field.none [])

    let private status =
        Literal.choice
            "a status"
            [
                IndicatorStatus.Active, "active"
                IndicatorStatus.Expired, "expired"
                IndicatorStatus.Withdrawn, "withdrawn"
            ]

    let private indicator: Decoder<ExpectedIndicator> =
        block {
            let! fields = fieldTests

            and! status =
                Field.optional "status" "whether it holds at the test's time" (Decode.literal status)

            return { Fields = fields; Status = status }
        }
        |> Field.check (fun expected ->
            if List.isEmpty expected.Fields && Option.isNone expected.Status then
                [
                    [],
                    Fault.ProvesNothing(
                        "an expected indicator without a field fits any indicator",
                        "say which: value, type, score, …; `counts: { indicators: 1.. }` for at least one"
                    )
                ]
            else
                [])
        |> Decode.block

    let private code: Literal<string> =
        let parse (text: string) =
            if System.Text.RegularExpressions.Regex.IsMatch(text, "^CTI-[A-Z]{1,16}-[0-9]{3}\\z") then
                Ok text
            else
                Error(Fault.Malformed("a code", text, "`CTI-SCREEN-001` (docs/codes.md lists them)"))

        Literal.pattern "code" "^CTI-[A-Z]{1,16}-[0-9]{3}$" parse id

    let private screening: Decoder<ExpectedScreening> =
        Decode.block (
            block {
                let! code = Field.required "code" "why it was screened" (Decode.literal code)

                and! observable =
                    Field.optional "type" "the value's type" (Decode.literal Words.observableType)

                and! value = Field.optional "value" "the canonical value" text
                and! list = Field.optional "list" "the list that says no" text
                and! entry = Field.optional "entry" "the entry of that list" text
                and! source = Field.optional "source" "the reporting source" text

                return
                    {
                        Code = code
                        Type = observable
                        Value = value
                        List = list
                        Entry = entry
                        Source = source
                    }
            }
        )

    let private deadLetter: Decoder<ExpectedDeadLetter> =
        Decode.block (
            block {
                let! code = Field.required "code" "why it could not be used" (Decode.literal code)
                and! field = Field.optional "field" "the field at fault" text
                and! value = Field.optional "value" "the offending value, as written" text

                and! line =
                    Field.optional
                        "line"
                        "line of what was given, from 1"
                        (Decode.literal (Literal.int64 "line" 1L System.Int64.MaxValue))

                return
                    {
                        Code = code
                        Field = field
                        Value = value
                        Line = line
                    }
            }
        )

    let private countDoc (count: TestCount) =
        match count with
        | TestCount.Records -> "records read, rejected ones included"
        | TestCount.Observations -> "observations a store would gain"
        | TestCount.Indicators -> "distinct subjects"
        | TestCount.Screenings -> "values that policy said no to"
        | TestCount.DeadLetters -> "inputs that could not be used"
        | TestCount.Losses -> "what sources said and was not carried over, and what sinks could not say"

    let private counts: Fields<(TestCount * Located<CountRange>) list> =
        TestCount.all
        |> List.map (fun count ->
            Field.optional
                (TestCount.name count)
                (countDoc count)
                (Decode.located (Decode.literal Literal.countOrRange))
            |> Field.map (Option.map (fun range -> count, range)))
        |> List.fold
            (fun all one ->
                Field.zip all one
                |> Field.map (fun (counts, count) -> counts @ Option.toList count))
            (Field.none [])

    // Matching them with what came takes the square of their number.
    let private mostListed = 2_000

    let private listOf (item: Decoder<'T>) : Decoder<Located<Located<'T> list>> =
        let all = Decode.located (Decode.list (Decode.located item))

        let faults (list: Located<Located<'T> list>) =
            let count = List.length list.Value

            if count > mostListed then
                [
                    [],
                    Fault.OutOfRange(
                        "the number of entries",
                        string count,
                        $"at most %d{mostListed}; `counts` counts any number"
                    )
                ]
            else
                []

        { all with
            Run = fun path node -> all.Run path node |> Result.bind (Decode.judge faults path node)
        }

    let private expectsNothing (expect: Expectations) =
        expect.Indicators.IsNone
        && expect.Screenings.IsNone
        && expect.DeadLetters.IsNone
        && expect.Sinks.IsEmpty
        && expect.Files.IsEmpty
        && expect.Counts.IsEmpty

    let private expectations: Decoder<Expectations> =
        block {
            let! indicators =
                Field.optional
                    "indicators"
                    "indicators that must be there, by any field; [] for none at all"
                    (listOf indicator)

            and! screenings =
                Field.optional "screenings" "screenings that must be there; [] for none at all" (listOf screening)

            and! deadLetters =
                Field.optional "dead_letters" "dead letters that must be there; [] for none at all" (listOf deadLetter)

            and! sinks =
                Field.optional "sinks" "per sink the exact bytes it writes" (Decode.mapping Literal.name bytes)

            and! files =
                Field.optional
                    "files"
                    "per sink the file with the exact bytes it writes, relative to this file; `cti test --update` writes it"
                    (Decode.mapping Literal.name (Decode.located text))

            and! counts = Field.optional "counts" "how many came out" (Decode.block counts)

            return
                {
                    Indicators = indicators
                    Screenings = screenings
                    DeadLetters = deadLetters
                    Sinks = Option.defaultValue [] sinks
                    Files = Option.defaultValue [] files
                    Counts = Option.defaultValue [] counts
                }
        }
        |> Field.check (fun expect ->
            if expectsNothing expect then
                [
                    [],
                    Fault.ProvesNothing(
                        "the test expects nothing, so it can never fail",
                        "say what must come of it: indicators, screenings, dead_letters, sinks, files or counts"
                    )
                ]
            else
                [])
        |> Decode.block

    let decoder: Decoder<PipelineTest> =
        Decode.block (
            block {
                let! name =
                    Field.required "name" "what must hold, as a sentence" (Decode.located text)

                and! first = input

                and! also =
                    Field.optional
                        "also"
                        "what else is fed: further sources, or more of the same"
                        (Decode.list (Decode.block input))

                and! now =
                    Field.required "now" "the time the test runs at" (Decode.literal Literal.time)

                and! expect = Field.required "expect" "what must come of it" expectations

                return
                    {
                        Name = name
                        Inputs = first :: Option.defaultValue [] also
                        Now = now
                        Expect = expect
                    }
            }
        )
