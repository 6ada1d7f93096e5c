// OpenIOC: what terms and conditions become, trees that stay whole, what is kept and lost, and hostile documents.
module Cti.Core.Tests.Read.OpenIocTests

open System.Text
open Xunit
open Cti.Core
open Cti.Core.Tests.Read.RichFeeding
open Cti.Core.Tests.Read.OpenIocFixture

[<Theory>]
[<InlineData("FileItem/Md5sum", "d41d8cd98f00b204e9800998ecf8427e", "md5")>]
[<InlineData("fileitem/sha1SUM", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1")>]
[<InlineData("FileItem/Sha256sum", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256")>]
[<InlineData("DriverItem/Md5sum", "d41d8cd98f00b204e9800998ecf8427e", "md5")>]
[<InlineData("ServiceItem/serviceDLLmd5sum", "d41d8cd98f00b204e9800998ecf8427e", "md5")>]
[<InlineData("PersistenceItem/FileItem/StreamList/Stream/Sha1sum", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1")>]
[<InlineData("FileItem/FileName", "bad.exe", "file_name")>]
[<InlineData("FileItem/FullPath", "C:\\Users\\Public\\bad.exe", "file_path")>]
[<InlineData("Network/DNS", "bad.example", "domain")>]
[<InlineData("DnsEntryItem/Host", "bad.example", "domain")>]
[<InlineData("DnsEntryItem/RecordName", "192.0.2.7", "ipv4")>]
[<InlineData("Network/URI", "http://bad.example/x", "url")>]
[<InlineData("Network/URI", "bad.example", "domain")>]
[<InlineData("UrlHistoryItem/URL", "https://bad.example/", "url")>]
[<InlineData("Network/UserAgent", "Evil/1.0", "user_agent")>]
[<InlineData("PortItem/remoteIP", "192.0.2.1", "ipv4")>]
[<InlineData("PortItem/remoteIP", "2001:db8::1", "ipv6")>]
[<InlineData("PortItem/remoteIP", "192.0.2.0/24", "cidr")>]
[<InlineData("RegistryItem/Path", "HKEY_LOCAL_MACHINE\\Software\\Bad", "registry_key")>]
[<InlineData("Email/From", "bad@bad.example", "email")>]
[<InlineData("Email/ReceivedFromIP", "192.0.2.1", "ipv4")>]
[<InlineData("ProcessItem/HandleList/Handle/Name", "Global\\Bad", "mutex")>]
[<InlineData("ArpEntryItem/PhysicalAddress", "00:00:5e:00:53:01", "mac")>]
let ``an item that asks for one value is that observable`` (term: string, content: string, kind: string) =
    Assert.Equal<(string * string) list>([ kind, content ], one (item "is" term content))

[<Theory>]
[<InlineData("is", "FileItem/FilePath", "C:\\x", "[file:parent_directory_ref.path = 'C:\\\\x']")>]
[<InlineData("contains", "FileItem/FileName", "it's", "[file:name LIKE '%it\\'s%']")>]
[<InlineData("starts-with", "FileItem/FileName", "bad", "[file:name LIKE 'bad%']")>]
[<InlineData("ends-with", "FileItem/FileName", ".exe", "[file:name LIKE '%.exe']")>]
[<InlineData("matches", "FileItem/FileName", "foo|duck\\.exe", "[file:name MATCHES '(?i)foo|duck\\\\.exe']")>]
[<InlineData("contains", "FileItem/FileName", "100%_a.b", "[file:name MATCHES '(?i)100%_a\\\\.b']")>]
[<InlineData("starts-with", "FileItem/FileName", "a_b", "[file:name MATCHES '(?i)^a_b']")>]
[<InlineData("is", "FileItem/SizeInBytes", "75264", "[file:size = 75264]")>]
[<InlineData("greater-than", "FileItem/SizeInBytes", "1000", "[file:size > 1000]")>]
[<InlineData("less-than", "FileItem/SizeInBytes", "1000", "[file:size < 1000]")>]
[<InlineData("is",
             "FileItem/PEInfo/PETimeStamp",
             "2014-08-23T08:22:49Z",
             "[file:extensions.'windows-pebinary-ext'.time_date_stamp = t'2014-08-23T08:22:49.000Z']")>]
[<InlineData("contains",
             "FileItem/FullPath",
             "Temp\\a.exe",
             "[(file:parent_directory_ref.path LIKE '%Temp' AND file:name LIKE 'a.exe%') OR file:parent_directory_ref.path LIKE '%Temp\\\\a.exe%']")>]
[<InlineData("contains",
             "FileItem/FullPath",
             "bad",
             "[file:parent_directory_ref.path LIKE '%bad%' OR file:name LIKE '%bad%']")>]
[<InlineData("is", "ProcessItem/name", "bad.exe", "[process:image_ref.name = 'bad.exe']")>]
[<InlineData("contains", "ProcessItem/arguments", "-x", "[process:command_line LIKE '%-x%']")>]
[<InlineData("contains", "RegistryItem/Path", "\\Run", "[windows-registry-key:key LIKE '%\\\\Run%']")>]
[<InlineData("is", "RegistryItem/ValueName", "bad", "[windows-registry-key:values[*].name = 'bad']")>]
[<InlineData("is", "Email/Subject", "Hi", "[email-message:subject = 'Hi']")>]
[<InlineData("is",
             "Network/URI",
             "/gate.php",
             "[network-traffic:extensions.'http-request-ext'.request_value = '/gate.php']")>]
[<InlineData("isnot", "FileItem/FileName", "good.exe", "[file:name != 'good.exe']")>]
[<InlineData("containsnot", "FileItem/FileName", "good", "[file:name NOT LIKE '%good%']")>]
let ``any other condition is a pattern that says it``
    (condition: string, term: string, content: string, pattern: string)
    =
    // A parenthesis less or more around an AND in an OR means the same: AND binds more.
    let plain (text: string) =
        text.Replace("(file", "file").Replace(".exe%')", ".exe%'")

    match one (item condition term content) with
    | [ "stix_pattern", found ] -> Assert.Equal(plain pattern, plain found)
    | other -> failwith $"%A{other}"

[<Theory>]
[<InlineData("DnsEntryItem/Host", "bad.example", "domain", "[domain-name:value LIKE '%bad.example%']")>]
[<InlineData("Network/URI", "bad.example", "domain", "[url:value LIKE '%bad.example%']")>]
[<InlineData("Network/URI", "http://bad.example/x", "url", "[url:value LIKE '%http://bad.example/x%']")>]
[<InlineData("PortItem/remoteIP", "192.0.2.1", "ipv4", "[network-traffic:dst_ref.value LIKE '%192.0.2.1%']")>]
[<InlineData("Email/From", "bad@bad.example", "email", "[email-message:from_ref.value LIKE '%bad@bad.example%']")>]
let ``what only has to be contained stays a pattern, beside the value that fulfils it`` (term, content, kind, pattern) =
    Assert.Equal<(string * string) list>(
        [ kind, content; "stix_pattern", pattern ] |> List.sort,
        one (item "contains" term content) |> List.sort
    )

[<Fact>]
let ``a part of a value is a pattern only, and a whole sum is the sum`` () =
    Assert.Equal<(string * string) list>(
        [ "stix_pattern", "[domain-name:value LIKE '%bad%']" ],
        one (item "contains" "Network/DNS" "bad")
    )

    let sum = "d41d8cd98f00b204e9800998ecf8427e"
    Assert.Equal<(string * string) list>([ "md5", sum ], one (item "contains" "FileItem/Md5sum" sum))

[<Fact>]
let ``case that counts and negation are told by a pattern`` () =
    let kept = itemWith "preserve-case=\"true\" negate=\"false\"" "is"
    let negated = itemWith "preserve-case=\"false\" negate=\"true\"" "is"

    Assert.Equal<(string * string) list>(
        [ "stix_pattern", "[file:name = 'GooD.eXE']" ],
        one (kept "FileItem/FileName" "GooD.eXE")
    )

    // No case in it that could count.
    Assert.Equal<(string * string) list>([ "ipv4", "192.0.2.1" ], one (kept "PortItem/remoteIP" "192.0.2.1"))

    Assert.Equal<(string * string) list>(
        [ "stix_pattern", "[network-traffic:dst_ref.value != '192.0.2.1']" ],
        one (negated "PortItem/remoteIP" "192.0.2.1")
    )

[<Fact>]
let ``an AND about one object stands in one pair of brackets, about several in several`` () =
    let name = item "is" "FileItem/FileName" "a.exe"
    let size = item "is" "FileItem/SizeInBytes" "7"
    let key = item "contains" "RegistryItem/Path" "Run"

    Assert.Equal<(string * string) list>(
        [ "stix_pattern", "[file:name = 'a.exe' AND file:size = 7]" ],
        one (branch "AND" "a" [ name; size ])
    )

    Assert.Equal<(string * string) list>(
        [
            "stix_pattern", "[file:name = 'a.exe' AND file:size = 7] AND [windows-registry-key:key LIKE '%Run%']"
        ],
        one (branch "AND" "a" [ name; key; size ])
    )

[<Fact>]
let ``an OR over several objects in an AND is written out`` () =
    let name = item "is" "FileItem/FileName" "a.exe"
    let folder = item "is" "FileItem/FilePath" "C:\\x"
    let key = item "is" "RegistryItem/ValueName" "v"

    Assert.Equal<(string * string) list>(
        [
            "stix_pattern",
            "[file:name = 'a.exe' AND file:parent_directory_ref.path = 'C:\\\\x'] OR ([file:name = 'a.exe'] AND [windows-registry-key:values[*].name = 'v'])"
        ],
        one (branch "AND" "a" [ name; branch "OR" "o" [ folder; key ] ])
    )

[<Fact>]
let ``an address with its port and a handle with its type are one observable`` () =
    let pair =
        branch
            "AND"
            "a"
            [
                item "is" "PortItem/remotePort" "443"
                item "is" "PortItem/remoteIP" "192.0.2.1"
            ]

    Assert.Equal<(string * string) list>([ "ip_port", "192.0.2.1:443" ], one pair)

    let handle =
        branch
            "AND"
            "a"
            [
                item "is" "ProcessItem/HandleList/Handle/Type" "Mutant"
                item "is" "ProcessItem/HandleList/Handle/Name" "Bad"
            ]

    Assert.Equal<(string * string) list>([ "mutex", "Bad" ], one handle)

[<Fact>]
let ``a term that is not known costs its AND, which is kept, and in an OR only itself`` () =
    let known = item "is" "FileItem/FileName" "a.exe"
    let size = item "is" "FileItem/SizeInBytes" "7"
    let unknown = item "is" "TaskItem/Name" "t"

    let seen =
        openIoc
            [
                branch "AND" "whole" [ known; unknown ]
                branch "AND" "part" [ size; branch "OR" "o" [ known; unknown ] ]
            ]

    Assert.Equal<(string * string) list>([ "stix_pattern", "[file:size = 7 AND file:name = 'a.exe']" ], values seen)

    match seen.Objects with
    | [ "whole", "openioc-indicator", text ] ->
        Assert.StartsWith("<Indicator operator=\"AND\" id=\"whole\">", text)
        Assert.EndsWith("</Indicator>", text)
    | other -> failwith $"%A{other}"

    let losses =
        seen.Losses |> List.filter (fun (_, _, reason) -> reason = "unknown_kind")

    Assert.Equal<(string * string * string) list>(
        List.replicate 2 ("IndicatorItem.Context", "TaskItem/Name", "unknown_kind"),
        losses
    )

[<Fact>]
let ``what is said of the document is said of each of its subjects`` () =
    let seen = openIoc [ item "is" "FileItem/FileName" "a.exe" ]
    let record = List.exactlyOne seen.Records

    Assert.Equal<string list>(
        [ "2014-08-28T15:57:54Z" ],
        field "first_seen" record |> List.map (fun time -> time.Replace(".000", ""))
    )

    Assert.Equal<string list>(
        [ "2014-09-03T19:35:19Z" ],
        field "last_seen" record |> List.map (fun time -> time.Replace(".000", ""))
    )

    Assert.Equal<string list>([ "Author" ], field "reporter" record)
    Assert.Equal<string list>([ "TITLE\nWords." ], field "description" record)
    Assert.Equal<string list>([ "GROUP1" ], field "labels" record)
    Assert.Equal<string list>([ "https://feed.example/r" ], field "references" record)
    Assert.Equal<string list>([ "is-FileItem/FileName" ], field "object_id" record)
    Assert.Equal<string list>([ "openioc-indicator-item" ], field "object_type" record)
    Assert.Contains(("links.link", "Apache 2.0", "no_place"), seen.Losses)
    // Where it stands: the line of its element, and the bytes of it.
    Assert.Equal(5L, record.Line)
    Assert.StartsWith("<IndicatorItem id=\"is-FileItem/FileName\"", record.Original)
    Assert.EndsWith("</IndicatorItem>", record.Original)

[<Fact>]
let ``version 1.1 says the same in other places, and comments in parameters`` () =
    let text =
        "\uFEFF\n<OpenIOC xmlns=\"http://openioc.org/schemas/OpenIOC_1.1\" id=\"d\" last-modified=\"2020-01-02T00:00:00Z\" published-date=\"0001-01-01T00:00:00\">"
        + "<metadata><short_description>T</short_description><authored_date>2020-01-01T00:00:00Z</authored_date><links /></metadata><criteria>"
        + branch
            "OR"
            "top"
            [
                itemWith "preserve-case=\"false\" negate=\"false\"" "is" "Network/DNS" "bad.example"
            ]
        + "</criteria><parameters><param id=\"p\" ref-id=\"is-Network/DNS\" name=\"comment\"><value type=\"string\">A remark</value></param>"
        + "<param id=\"q\" ref-id=\"is-Network/DNS\" name=\"confidence\"><value type=\"int\">70</value></param>"
        + "<param id=\"r\" ref-id=\"is-Network/DNS\" name=\"own\"><value type=\"string\">x</value></param></parameters></OpenIOC>"

    let seen = read OpenIoc.format text
    let record = List.exactlyOne seen.Records
    Assert.Equal<string list>([ "T\nA remark" ], field "description" record)
    Assert.Equal<string list>([ "70" ], field "confidence" record)
    Assert.Equal(2L, record.Line)
    Assert.Contains(("parameters.param", "own=x", "no_place"), seen.Losses)

[<Fact>]
let ``terms of YARA become a rule`` () =
    let text attributes content =
        itemWith attributes "contains" "Yara/TextString" content

    let seen =
        openIoc
            [
                branch
                    "AND"
                    "id-1"
                    [
                        text "preserve-case=\"true\" negate=\"false\"" "a\"b\\c\td"
                        itemWith "" "contains" "Yara/HexString" "E2 34 ?? [4-6] ( 62 B4 | 56 )"
                        itemWith "" "less-than" "Yara/FileSize" "1000"
                    ]
                item "contains" "Snort/Snort" "alert tcp any any -> any any (msg:\"x\"; sid:1;)"
            ]

    let expected =
        "rule ioc_id_1\n{\n    meta:\n        description = \"TITLE\"\n    strings:\n        $s1 = \"a\\\"b\\\\c\\x09d\"\n        $s2 = { E2 34 ?? [4-6] ( 62 B4 | 56 ) }\n    condition:\n        ($s1 and $s2 and filesize < 1000)\n}"

    Assert.Equal<(string * string) list>(
        [
            "yara_rule", expected
            "snort_rule", "alert tcp any any -> any any (msg:\"x\"; sid:1;)"
        ],
        values seen
    )

[<Fact>]
let ``what would break out of a YARA rule is no rule but kept`` () =
    for hostile in [ "00 } condition: true } rule x {"; "import \"pe\""; "" ] do
        let seen = openIoc [ itemWith "" "contains" "Yara/HexString" hostile ]
        Assert.Empty(values seen)
        Assert.Equal(1, seen.Objects.Length)

[<Theory>]
[<InlineData("<?xml version=\"1.0\"?><!DOCTYPE ioc [<!ENTITY a \"b\">]><ioc><definition/></ioc>",
             "document type declaration")>]
[<InlineData("<ioc><definition>&a;</definition></ioc>", "not well-formed")>]
[<InlineData("<ioc><definition><Indicator operator=\"OR\"><IndicatorItem", "ends before")>]
[<InlineData("<ioc><definition></ioc>", "not well-formed")>]
[<InlineData("<html><body/></html>", "root is <html>")>]
[<InlineData("<ioc a=\"1\" a=\"2\"><definition/></ioc>", "not well-formed")>]
let ``what is no such document is a fault with its place`` (text: string, message: string) =
    let seen = read OpenIoc.format text
    Assert.Empty seen.Records
    Assert.True seen.Fault.IsSome
    Assert.Contains(message, seen.Fault.Value.Error.message)
    let rejection = List.exactlyOne seen.Rejections
    Assert.Equal(seen.Fault.Value.Offset, rejection.Position.Offset)
    Assert.InRange(rejection.Position.Offset, 0L, int64 text.Length)

[<Fact>]
let ``depth, attributes and broken characters are faults, too`` () =
    let deep = String.replicate 50_000 "<Indicator operator='OR'>"
    let wide = String.concat " " [ for number in 1..300 -> $"a%d{number}='x'" ]

    for text, message in
        [
            $"<ioc><definition>%s{deep}", "more than 128 deep"
            $"<ioc %s{wide}><definition/></ioc>", "more than 256 attributes"
        ] do
        let seen = read OpenIoc.format text
        Assert.Contains(message, seen.Fault.Value.Error.message)

    // UTF-16 pasted into UTF-8, and bytes of another alphabet.
    let pasted =
        Array.concat
            [
                Encoding.UTF8.GetBytes "<ioc><definition>\n"
                Encoding.Unicode.GetBytes "<x/>"
                Encoding.UTF8.GetBytes "</definition></ioc>"
            ]

    let seen = readIn 100 10 OpenIoc.format pasted
    Assert.True seen.Fault.IsSome
    Assert.Equal(2L, seen.Fault.Value.Line)
    let latin = Encoding.Latin1.GetBytes "<ioc><definition>é</definition></ioc>"
    let seen = readIn 100 10 OpenIoc.format latin
    Assert.Equal("CTI-READ-006", seen.Fault.Value.Error.code)
    Assert.Equal(17L, seen.Fault.Value.Offset)

[<Fact>]
let ``what is read does not depend on pieces and batches, and positions are those of the bytes`` () =
    let text =
        document
            [
                "<!-- ü 😀 -->\r\n"
                item "is" "FileItem/FileName" "ü😀.exe"
                item "is" "FileItem/FileName" "b.exe"
                "\r\n\r"
                item "is" "Network/DNS" "bad.example"
                item "is" "TaskItem/Name" "t"
            ]

    let bytes = Encoding.UTF8.GetBytes text
    let whole = read OpenIoc.format text

    for piece, batch in [ 1, 1; 7, 2; 1000, 3 ] do
        Assert.Equal(whole, readIn piece batch OpenIoc.format bytes)

    for record in whole.Records do
        let at = int record.Offset
        Assert.Equal("<IndicatorItem", Encoding.UTF8.GetString(bytes, at, 14))
