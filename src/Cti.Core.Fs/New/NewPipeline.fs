// A pipeline's file written from a sample of its feed: format, dialect, fields, types and times as recognised, a test of the first records, and
// a mark wherever a person has to decide.
namespace Cti.Core

open System
open System.Text

/// What a new pipeline is written from.
[<NoComparison>]
type NewPipelineRequest =
    {
        /// Of the pipeline and of its source; starts with a lower-case letter, then also digits, `_`, `-`; at most 64.
        Name: string
        /// The sample as the file will name it.
        SamplePath: string
        /// The first bytes of the sample; 64 KiB are plenty.
        Head: ReadOnlyMemory<byte>
        /// No bytes follow.
        IsWhole: bool
        /// For a test of records that hold no time.
        Now: Timestamp
    }

/// A new pipeline.
type NewPipeline =
    {
        /// The file's text.
        Text: string
        /// What was recognised, as one sentence without a full stop.
        Sentence: string
        /// Whether it holds a test: where no sampled record is good there is none.
        HasTest: bool
    }

[<RequireQualifiedAccess>]
module NewPipeline =
    let private trust: Trust =
        {
            Reliability = Reliability.F
            Credibility = Credibility.Six
            Confidence = 50uy
            Tlp = Tlp.Clear
            Group = ValueNone
            License = ValueNone
        }

    // Names for the columns of a table that has none: what they hold, or their number.
    let private named (spec: ReaderSpec) (fields: FieldGuess list) : FieldGuess list * string list =
        match spec with
        | ReaderSpec.Csv { Header = CsvHeader.NoHeader } ->
            let wish (field: FieldGuess) =
                match field.Role with
                | FieldRole.Value(TypeHint.Fixed kind, _) -> ObservableType.name kind
                | FieldRole.Value(TypeHint.Auto, _) -> "value"
                | FieldRole.FirstSeen _ -> "first_seen"
                | FieldRole.LastSeen _ -> "last_seen"
                | FieldRole.TypeName -> "type"
                | FieldRole.Label _
                | FieldRole.Standard
                | FieldRole.Other -> $"column_%d{field.Number}"

            let names = fields |> List.map wish |> CsvDialect.columnNames |> List.ofArray
            List.map2 (fun name (field: FieldGuess) -> { field with Name = name }) names fields, names
        | _ -> fields, []

    let private labels (fields: FieldGuess list) : LabelRule list =
        fields
        |> List.choose (fun field ->
            match field.Role with
            | FieldRole.Label split -> Some(LabelRule.Field(FieldRef.Name field.Name, ValueOption.toList split))
            | _ -> None)

    // As recognised value by value.
    let private typed (fields: FieldGuess list) : MapTemplate list =
        let kinds =
            fields
            |> List.choose (fun field ->
                match field.Role with
                | FieldRole.Value(TypeHint.Fixed kind, _) -> Some(TypeRule.Fixed kind)
                | FieldRole.Value(TypeHint.Auto, _) -> Some TypeRule.Auto
                | _ -> None)

        AutoMap.templates { Fields = fields; Sentence = "" }
        |> List.map2 (fun kind template -> { template with Type = kind }) kinds

    // As the records name them: where one field names types, and there is but one for it to name.
    let private namedTypes (fields: FieldGuess list) (templates: MapTemplate list) : MapTemplate list voption =
        match templates, fields |> List.filter _.Role.IsTypeName with
        | [ template ], [ field ] when field.Name <> "" ->
            let column: TypeColumn =
                {
                    Field = FieldRef.Name field.Name
                    Table = []
                    Otherwise = OtherType.Known
                }

            ValueSome
                [
                    { template with
                        Type = TypeRule.Field column
                    }
                ]
        | _ -> ValueNone

    let private reference (field: FieldRef) =
        match field with
        | FieldRef.Name name -> $"field: %s{ReaderText.scalar name}"
        | FieldRef.Column number -> $"column: %d{number}"

    let private timeLine (key: string) (rule: TimeRule voption) =
        match rule with
        | ValueNone -> []
        | ValueSome rule ->
            let format =
                match TimeFormat.text rule.Format with
                | "iso8601" -> ""
                | text -> $", format: %s{ReaderText.quoted text}"

            [ $"%s{key}: {{ %s{reference rule.Field}%s{format} }}" ]

    let private labelText (rule: LabelRule) =
        match rule with
        | LabelRule.Const text -> $"{{ const: %s{ReaderText.scalar text} }}"
        | LabelRule.Field(field, []) -> $"{{ %s{reference field} }}"
        | LabelRule.Field(field, split :: _) -> $"{{ %s{reference field}, split: %s{ReaderText.quoted split} }}"

    let private templateLines (template: MapTemplate) : string list =
        let kind =
            match template.Type with
            | TypeRule.Fixed kind -> [ $"type: %s{ObservableType.name kind}" ]
            | TypeRule.Auto -> [ "type: auto" ]
            | TypeRule.Field column -> [ $"type_from: {{ %s{reference column.Field} }}" ]

        let split =
            match template.Value.Split with
            | [] -> ""
            | mark :: _ -> $", split: %s{ReaderText.quoted mark}"

        let labels =
            match template.Labels with
            | [] -> []
            | rules ->
                let items = rules |> List.map labelText |> String.concat ", "
                [ $"labels: [%s{items}]" ]

        [
            $"      - value: {{ %s{reference template.Value.Field}%s{split} }}"

            for line in
                kind
                @ timeLine "first_seen" template.FirstSeen
                @ timeLine "last_seen" template.LastSeen
                @ labels do
                "        " + line
        ]

    // A text of several lines as a block where YAML takes it as it is, else in quotes.
    let private blockText (indent: string) (text: string) : string list =
        let isPlain =
            text.EndsWith '\n'
            && not (text.EndsWith "\n\n")
            && text[0] <> ' '
            && text
               |> Seq.forall (fun letter ->
                   letter = '\n'
                   || letter = '\t'
                   || (not (Char.IsControl letter)
                       && not (Char.IsSurrogate letter)
                       && letter <> '\u2028'
                       && letter <> '\u2029'
                       && letter <> '\uFEFF'))

        if isPlain && not (text.StartsWith '\t') && not (text.StartsWith '\n') then
            "|"
            :: (text.TrimEnd('\n').Split('\n')
                |> Array.map (fun line -> if line = "" then "" else indent + line)
                |> List.ofArray)
        else
            [ ReaderText.quoted text ]

    let private testLines (name: string) (now: Timestamp) (test: SampleTest) : string list =
        let expected =
            test.Expected
            |> List.map (fun subject ->
                $"          - {{ type: %s{ObservableType.name subject.Type}, value: %s{ReaderText.quoted subject.Value} }}")

        let at = (Timestamp.toDateTime now).ToString "yyyy-MM-dd'T'HH:mm:ss'Z'"

        [
            "tests:"
            "  - name: the first records of the sample become indicators"
            $"    source: %s{name}"
            $"    now: %s{at}"

            match blockText "      " test.Given with
            | first :: rest ->
                "    given: " + first
                yield! rest
            | [] -> ()

            "    expect:"
            "      indicators:"
            yield! expected |> List.map (fun line -> line.Substring 2)
        ]

    // A comment never ends before its text does.
    let private comment (text: string) =
        "# "
        + String.map (fun letter -> if Char.IsControl letter then ' ' else letter) text

    let private write
        (request: NewPipelineRequest)
        (read: string)
        (sentence: string)
        (templates: MapTemplate list)
        (test: string list)
        : string =
        let lines =
            [
                "# yaml-language-server: $schema=pipeline.schema.json"
                "#"
                "# Written by `cti new` from a sample. What a person has to decide is marked DECIDE."
                comment ("Recognised: " + sentence + ".")
                $"pipeline: %s{request.Name}"
                "description: DECIDE what this feed is, who publishes it, and where"
                "store: out/cti.duckdb"
                ""
                "sources:"
                $"  - name: %s{request.Name}"
                $"    from: {{ type: file, path: %s{ReaderText.quoted request.SamplePath} }}"
                $"    read: %s{read}"
                "    # DECIDE append or snapshot. Snapshot: each file is the whole current set, and what the next one lacks is withdrawn."
                "    mode: append"
                "    map:"
                yield! templates |> List.collect templateLines
                "    # DECIDE how far the source is believed: reliability A (always) to F (cannot be judged), credibility 1 (confirmed) to 6 (cannot be"
                "    # judged), confidence 0 to 100. Who may see it: tlp. Its terms of use: license: CC0-1.0. Sources that copy each other: group: NAME."
                "    trust: { reliability: F, credibility: 6, confidence: 50, tlp: clear }"
                "    # DECIDE how many bad records are too many: the run then fails, and nothing is withdrawn on this source's word."
                "    expect: { max_rejected: 5% }"
                ""
                "screen:"
                "  # DECIDE what is never listed: MISP's warninglists and values of your own."
                "  # warninglists: [lists/*.json]"
                "  # allow: [lists/ours.txt]"
                "  min_prefix: { ipv4: 16, ipv6: 32 }"
                ""
                "sinks:"
                "  - name: list"
                "    render: { type: plain_list }"
                $"    to: {{ type: file, path: out/%s{request.Name}.txt }}"
                "    # DECIDE what goes in; without a condition all that has not expired. A score is 0 to 100."
                "    # where: \"score >= 20\""
                "    # DECIDE the strictest TLP that may leave."
                "    max_tlp: green"
                "    # A plan that changes more waits for `cti apply --approve`."
                "    max_change: 30%"

                if not (List.isEmpty test) then
                    ""
                    yield! test
            ]

        String.concat "\n" lines + "\n"

    /// Writes a pipeline for a sample. An error says why the sample is not recognised, or that it has no observables (code and sentence).
    let create (request: NewPipelineRequest) : Result<NewPipeline, string * string> =
        match Sniffer.recognise request.Head request.IsWhole [] with
        | Error error -> Error(error.code, error.message)
        | Ok(_, recognition) when List.isEmpty (AutoMap.templates recognition) ->
            Error("CTI-READ-051", recognition.Sentence)
        | Ok(spec, recognition) ->
            let fields, columns = named spec recognition.Fields
            let head = Head.create request.Head request.IsWhole []

            let screen =
                match ScreenSet.Build([], BroadEntry.defaults) with
                | Ok set -> ValueSome set
                | Error _ -> ValueNone

            let mapOf templates =
                {
                    Source = request.Name
                    Trust = trust
                    Templates = templates
                }

            let good templates =
                match screen with
                | ValueSome screen -> SampleTest.good spec columns (mapOf templates) screen request.Now head
                | ValueNone -> 0

            let asValues = typed fields

            // Names of types that cost records are about something else.
            let chosen =
                match namedTypes fields asValues with
                | ValueSome asNamed when good asNamed > 0 && good asNamed >= good asValues -> asNamed
                | _ -> asValues

            let attempt withLabels =
                let templates =
                    chosen
                    |> List.map (fun template ->
                        { template with
                            Labels = if withLabels then labels fields else []
                        })

                let test =
                    screen
                    |> ValueOption.bind (fun screen ->
                        SampleTest.tryMake spec columns (mapOf templates) screen request.Now head)

                templates, test

            // Labels that keep every record from being mapped are worse than none.
            let templates, test =
                match attempt true with
                | templates, ValueSome test -> templates, ValueSome test
                | withLabels, ValueNone ->
                    match attempt false with
                    | templates, ValueSome test -> templates, ValueSome test
                    | _ -> withLabels, ValueNone

            let lines =
                match test with
                | ValueSome test -> testLines request.Name test.Seen test
                | ValueNone -> []

            Ok
                {
                    Text = write request (ReaderText.yaml spec columns) recognition.Sentence templates lines
                    Sentence = recognition.Sentence
                    HasTest = test.IsSome
                }
