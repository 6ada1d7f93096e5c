// Rules are cut out whole and unchanged: YARA, Sigma, Suricata and Snort.
module Cti.Core.Tests.Read.RuleReaderTests

open System
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.Feeding

let private yara = ReaderSpec.Rich(YaraFormat())
let private sigma = ReaderSpec.Rich(SigmaFormat())

let private suricata = ReaderSpec.Rich(CarriedRulesFormat IdsLanguage.Suricata)

let private columns = StandardFields.columns
let private columnOf (name: string) = Array.IndexOf(columns, name)

/// A field of every record, items of a list parted by blanks.
let private column (name: string) (seen: Seen list) : string list =
    cells seen
    |> List.map (fun cells ->
        Assert.Equal(columns.Length, cells.Length)
        cells[columnOf name].Replace('\u001F', ' '))

let private read (spec: ReaderSpec) (text: string) : Seen list =
    let seen = feed spec (utf8 text)

    for seed in 1..8 do
        Assert.Equal<Seen list>(seen, feedRandomly seed spec (utf8 text))

    seen

let private tricky =
    [
        "rule plain { condition: true }"
        "rule braces : tag other\n{\n  strings:\n    $a = \"} rule x { \\\" }\"\n    $b = /[}{]\\/ \"}/ nocase\n    $c = { 4D 5A [2-4] ( 01 | ?? ) // }\n    }\n  condition:\n    any of them /* } */ and #a > 1 // }\n}"
        "private global rule _hidden { strings: $rule = \"x\" private condition: $rule }"
        "rule dates {\n meta:\n  date = \"2024-02-29\"\n  n = -1\n  yes = true\n  path = \"C:\\\\dir\\\\\"\n condition:\n  filesize < 10KB and uint16(0) == 0x5A4D\n}"
    ]

[<Fact>]
let ``Each rule of a YARA file is cut out as it stands`` () =
    let text =
        "// rule no { }\n/* rule no { } */\n" + String.concat "\n\n" tricky + "\n// end"

    let seen = read yara text
    Assert.Equal<string list>(tricky, column "yara_rule" seen)
    Assert.Empty(codes seen)
    Assert.Equal<string list>([ ""; "tag other"; ""; "" ], column "labels" seen)
    Assert.Equal("2024-02-29T00:00:00.000Z", (column "first_seen" seen)[3])

[<Fact>]
let ``A YARA rule takes along the imports it uses and no others`` () =
    let text =
        "import \"pe\"\nimport \"math\"\ninclude \"./other.yar\"\nrule a { condition: pe.is_dll() }\nrule b { strings: $a = \"pe.exe math.x\" condition: $a }\nimport \"hash\"\nrule c { condition: hash.md5(0, 1) == \"x\" and math.entropy(0, 1) > 7 and b }"

    Assert.Equal<string list>(
        [
            "import \"pe\"\nrule a { condition: pe.is_dll() }"
            "rule b { strings: $a = \"pe.exe math.x\" condition: $a }"
            "import \"hash\"\nimport \"math\"\nrule c { condition: hash.md5(0, 1) == \"x\" and math.entropy(0, 1) > 7 and b }"
        ],
        column "yara_rule" (read yara text)
    )

    let batch = RawBatch 4
    let reader = ReaderSpec.reader yara ReaderStart.beginning
    let bytes = utf8 text
    reader.Read(bytes, 0, bytes.Length, true, 1000, batch) |> ignore
    // The other file is not read, and c needs b.
    Assert.Equal<(string * string) list>(
        [ "include", "./other.yar"; "rule.condition", "b" ],
        [ for loss in batch.Losses.Kept -> loss.Path, loss.Value ]
    )

[<Fact>]
let ``What a YARA rule says of itself stands in the fields`` () =
    let seen =
        read
            yara
            "rule APT_X : T1059_001 backdoor {\n meta:\n  description = \"Finds \\\"X\\\"\"\n  author = \"A. Nalyst\"\n  date = \"2024/03/01\"\n  reference = \"https://a.example/x, https://b.example/\"\n  mitre_attack = \"T1105, t1071.004\"\n  tlp = \"TLP:AMBER\"\n  hash = \"0123\"\n condition: true }"

    let field name = List.head (column name seen)
    Assert.Equal("Finds \"X\"", field "description")
    Assert.Equal("A. Nalyst", field "reporter")
    Assert.Equal("2024-03-01T00:00:00.000Z", field "first_seen")
    Assert.Equal("https://a.example/x https://b.example/", field "references")
    Assert.Equal("T1059_001 backdoor T1105 T1071.004 T1059.001", field "labels")
    Assert.Equal("amber", field "tlp")

let private brokenYara: objnull array list =
    [
        [| box "rule a { condition: true"; box "CTI-READ-083" |]
        [| box "rule a { strings: $a = \"x\n condition: $a }"; box "CTI-READ-083" |]
        [| box "rule a { strings: $a = /x\n condition: $a }"; box "CTI-READ-083" |]
        [| box "rule a { meta: x condition: true }"; box "CTI-READ-083" |]
        [| box "rule a { strings: $a = \"x\" }"; box "CTI-READ-083" |]
        [| box "rule { condition: true }"; box "CTI-READ-082" |]
        [| box "rule a : b c condition: true }"; box "CTI-READ-082" |]
        [| box "hello world"; box "CTI-READ-081" |]
        [| box "import pe"; box "CTI-READ-081" |]
        [| box "private thing x {}"; box "CTI-READ-081" |]
    ]

let broken = brokenYara

[<Theory; MemberData(nameof broken)>]
let ``A broken YARA rule costs itself only`` (text: string) (code: string) =
    let good = "private rule good { condition: true }"
    let seen = read yara (text + "\n" + good + "\n")
    Assert.Equal<string list>([ code ], codes seen)
    Assert.Equal<string list>([ good ], column "yara_rule" seen)

[<Fact>]
let ``An open comment and bytes that are no UTF-8 are dead letters`` () =
    Assert.Equal<string list>([ "CTI-READ-084" ], codes (read yara "rule a { condition: true }\n/* rule b"))

    let bytes =
        Array.concat
            [
                utf8 "rule a { strings: $a = \""
                [| 0xE9uy |]
                utf8 "\" condition: $a }\nrule b { condition: true }"
            ]

    let seen = feed yara bytes
    Assert.Equal<string list>([ "CTI-READ-006" ], codes seen)
    Assert.Equal<string list>([ "rule b { condition: true }" ], column "yara_rule" seen)

// Rules of random parts, each of which could be taken for the end of a rule.
let private yaraRule: Gen<int -> string> =
    gen {
        let! texts =
            Gen.elements
                [
                    "$a = \"}\""
                    "$a = \"\\\"} /* \""
                    "$a = { 00 ( 11 | 22 ) [1-] }"
                    "$a = { 00 // }\n 11 }"
                    "$a = /}\\/{2}/s"
                    "$a = \"// rule\" // }"
                    "$a = \"\\\\\" /* } */"
                ]
            |> Gen.nonEmptyListOf
            |> Gen.resize 4

        let! condition =
            Gen.elements
                [
                    "true"
                    "any of them"
                    "#a > 1 /* { */"
                    "for all i in (1..#a) : ( @a[i] < 10 )"
                ]

        let! modifier = Gen.elements [ ""; "private "; "global private " ]
        let! tags = Gen.elements [ ""; " : t1 t2" ]

        return
            fun number ->
                let strings = String.concat "\n  " texts
                $"%s{modifier}rule r%d{number}%s{tags} {{\n strings:\n  %s{strings}\n condition: %s{condition}\n}}"
    }

[<Fact>]
let ``Random YARA rules behind each other come back as they are`` () =
    check (
        Prop.forAll
            (Arb.fromGen (
                Gen.zip (Gen.listOf yaraRule |> Gen.resize 8) (Gen.elements [ "\n"; "\r\n\r\n"; " "; "\n// }\n" ])
            ))
            (fun (rules, between) ->
                let rules = rules |> List.mapi (fun number rule -> rule number)
                column "yara_rule" (feed yara (utf8 (String.concat between rules))) = rules)
    )

[<Fact>]
let ``A megabyte of braces, quotes and half rules takes linear time`` () =
    for piece in
        [
            "rule a {"
            "{"
            "\""
            "/"
            "rule a { strings: $a = \"\n"
            "private "
            "/*"
            "rule a { condition: /x\n"
        ] do
        let text = String.replicate (1_000_000 / piece.Length) piece
        let clock = Diagnostics.Stopwatch.StartNew()
        feed yara (utf8 text) |> ignore
        // Quadratic time would be minutes.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds 30.0, piece)

let private sigmaRule =
    "title: Suspicious 'thing'\nid: 0f4e1a2b-0000-4000-8000-000000000001\nstatus: test\ndescription: |\n    Two lines\n    of # text\nreferences:\n    - https://a.example/x#y\n    - 'https://b.example/'\n    - Internal research\nauthor: \"A, B\"\ndate: 2024-01-02\nmodified: 2024/03/04\ntags:\n- attack.execution\n- attack.t1059.001 # why\n- tlp.green\nlogsource:\n    category: process_creation\n    product: windows\ndetection:\n    selection:\n        title: not this\n        Image|endswith: '\\a.exe'\n    condition: selection\nfalsepositives: [ Unknown, 'None, really' ]\nlevel: high"

[<Fact>]
let ``A Sigma rule is carried whole and its members are told`` () =
    let seen = read sigma ("# comment\n---\n" + sigmaRule + "\n---\n# nothing\n...\n")
    Assert.Empty(codes seen)
    Assert.Equal<string list>([ sigmaRule ], column "sigma_rule" seen)
    let field name = List.head (column name seen)
    Assert.Equal("Suspicious 'thing': Two lines\nof # text", field "description")
    Assert.Equal("A, B", field "reporter")
    Assert.Equal("2024-01-02T00:00:00.000Z", field "first_seen")
    Assert.Equal("https://a.example/x#y https://b.example/", field "references")
    Assert.Equal("green", field "tlp")

    Assert.Equal(
        "attack.execution attack.t1059.001 tlp.green level:high status:test logsource:windows logsource:process_creation T1059.001",
        field "labels"
    )

[<Fact>]
let ``What a Sigma collection shares stands in front of each of its rules`` () =
    let shared =
        "action: global\ntitle: Both\nlogsource:\n    product: linux\nlevel: low"

    let one = "detection:\n    a: 1\n    condition: a"
    let two = "title: Second\ndetection:\n    b: 1\n    condition: b"

    let alone =
        "title: Alone\nlogsource:\n    product: x\ndetection:\n    c: 1\n    condition: c"

    let seen =
        read sigma (String.concat "\n---\n" [ shared; one; two; "action: reset"; alone; "action: repeat\nlevel: high" ])

    Assert.Equal<string list>(
        [
            shared + "\n---\n" + one
            shared + "\n---\n" + two
            alone
            alone + "\n---\naction: repeat\nlevel: high"
        ],
        column "sigma_rule" seen
    )

    Assert.Equal<string list>([ "Both"; "Second"; "Alone"; "" ], column "description" seen)
    Assert.Empty(codes seen)

[<Fact>]
let ``Sigma documents that are no rules are dead letters, correlations and filters are rules`` () =
    let seen =
        read
            sigma
            "- a\n- b\n---\ntitle: no match\nlogsource: {}\n---\ntitle: C\nid: x\ncorrelation:\n    type: event_count\n---\ntitle: F\nfilter:\n    rules: [x]\n"

    Assert.Equal<string list>([ "CTI-READ-085"; "CTI-READ-086" ], codes seen)
    Assert.Equal<string list>([ "C"; "F" ], column "description" seen)

let private ids =
    "alert http $HOME_NET any -> $EXTERNAL_NET any (msg:\"ET MALWARE \\\"X\\\"\\; beacon\"; flow:established,to_server; http.uri; content:\"/a;b)\"; reference:url,a.example/x; reference:cve,2024-0001; reference:md5,0123; classtype:trojan-activity; sid:2000001; rev:3; metadata:created_at 2024_01_02, signature_severity Major, mitre_technique_id T1071, tag C2, updated_at 2024_02_03;)"

[<Fact>]
let ``IDS rules are carried as they are and say what they are`` () =
    let seen =
        read
            suricata
            ("# c\n"
             + ids
             + "\r\n#alert tcp any any -> any any (sid:1;)\npass ip any any -> any any (sid:2;)\n")

    Assert.Empty(codes seen)
    Assert.Equal<string list>([ ids ], column "suricata_rule" seen)
    let field name = List.head (column name seen)
    Assert.Equal("ET MALWARE \"X\"; beacon", field "description")
    Assert.Equal("http://a.example/x", field "references")
    Assert.Equal("2024-01-02T00:00:00.000Z", field "first_seen")
    Assert.Equal("CVE-2024-0001 classtype:trojan-activity severity:major C2 T1071", field "labels")

    let snort = ReaderSpec.Rich(CarriedRulesFormat IdsLanguage.Snort)
    Assert.Equal<string list>([ ids ], column "snort_rule" (read snort ids))

[<Fact>]
let ``Lines that are no IDS rules are dead letters`` () =
    let seen =
        read
            suricata
            "hello\nalert tcp any any -> any any (msg:\"x\"; sid:1;\nalert tcp any any (sid:1;)\nalert tcp any any -> any any (msg:\"x; sid:1;)\n"

    Assert.Equal<string list>([ "CTI-READ-022"; "CTI-READ-023"; "CTI-READ-022"; "CTI-READ-023" ], codes seen)

[<Fact>]
let ``Rules are recognised by content`` () =
    let known (text: string) =
        match Sniffer.recognise (ReadOnlyMemory<byte>(utf8 text)) true [] with
        | Ok(spec, _) -> ReaderText.yaml spec []
        | Error error -> error.message

    Assert.Equal("{ type: yara }", known ("/* head */\nimport \"pe\"\n" + List.head tricky + "\n"))
    Assert.Equal("{ type: yara }", known tricky[1])
    Assert.Equal("{ type: sigma }", known sigmaRule)
    Assert.Equal("{ type: ids_rules, take: suricata }", known (ids.Replace("http.uri; ", "file.data; ")))

    Assert.Equal(
        "{ type: ids_rules, take: snort }",
        known "alert tcp any any -> any 80 (msg:\"x\"; content:\"/a\"; http_uri; sid:1; rev:1;)\n"
    )

    Assert.Equal(
        "{ type: ids_rules, take: suricata }",
        known (ids.Replace("http.uri; ", "file.data; \\\n  ").Replace("(msg", "\\\n(msg"))
    )

    // Rules that name hosts are lists of them, as before.
    Assert.Equal(
        "{ type: ids_rules }",
        known "alert http any any -> any any (msg:\"x\"; http.host; content:\"evil.example\"; sid:1; rev:1;)\n"
    )

[<Fact>]
let ``A rule over several lines is one, from its first line on, and the same as on one line`` () =
    let whole = "alert tcp any any -> any 80 (msg:\"x\";  content:\"/a\"; sid:1;)"

    let text =
        "# a comment does not go on \\\n"
        + "alert tcp any any -> any 80 \\\r\n(msg:\"x\"; \\ \t\n content:\"/a\"; sid:1;)\n"
        + ids
        + "\n\\\n\nalert tcp any any -> any 80 (msg:\"x\"; sid:2; \\\n"

    let seen = read suricata text
    Assert.Equal<string list>([ whole; ids ], column "suricata_rule" seen)
    Assert.Equal<string list>([ "CTI-READ-022"; "CTI-READ-023" ], codes seen)

    Assert.Equal<int64 list>(
        [ 2L; 5L; 6L; 8L ],
        seen
        |> List.map (fun item ->
            match item with
            | Cells(line, _, _)
            | Rejected(_, line, _, _) -> line)
    )

    let listed =
        read
            (ReaderSpec.BlockList(BlockListDialect.IdsRules, ReadLimits.standard))
            "alert http any any -> \\\n  any any \\\n(msg:\"x\"; http.host; \\\ncontent:\"evil.example\"; reference:url,a.example; reference:url,b.example; sid:1;)\n"

    match listed with
    | [ Cells(1L, 0L, cells) ] ->
        Assert.Equal("evil.example", cells[0])
        Assert.Equal("alert", cells[4])
        Assert.Equal("url,a.example\u001Furl,b.example", cells[10])
    | other -> Assert.Fail $"%A{other}"

[<Fact>]
let ``A rule that goes on beyond every bound is one dead letter, and what follows is read`` () =
    let limits =
        { ReadLimits.standard with
            MaxRecordBytes = 64
        }

    let spec = ReaderSpec.BlockList(BlockListDialect.IdsRules, limits)

    let text =
        String.replicate 30 "alert tcp \\\n"
        + "end\n"
        + "alert tcp 192.0.2.1 any -> any any (sid:1;)\n"

    let seen = feed spec (utf8 text)

    for seed in 1..20 do
        Assert.Equal<Seen list>(seen, feedRandomly seed spec (utf8 text))

    match List.last seen with
    | Cells(32L, _, cells) -> Assert.Equal("192.0.2.1", cells[0])
    | other -> Assert.Fail $"%A{other}"

    Assert.Contains("CTI-READ-001", codes seen)

[<Fact>]
let ``Hashes in a YARA rule's meta are part of the rule, no observables of their own`` () =
    let rule =
        "rule a { meta: hash = \"d41d8cd98f00b204e9800998ecf8427e\" sha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\" condition: true }"

    let seen = read yara rule
    Assert.Equal<string list>([ rule ], column "yara_rule" seen)

    for name in [ "md5"; "sha1"; "sha256"; "labels" ] do
        Assert.Equal<string list>([ "" ], column name seen)
