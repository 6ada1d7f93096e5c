// What is found in text and what is not: one row per way of writing.
module Cti.Core.Tests.Extract.ExtractTableTests

open System
open Xunit
open Cti.Core
open Cti.Core.Tests.Extract.ExtractFixture

let private text = extract ReportFormat.Text

[<Theory>]
[<InlineData("hxxp://evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("hXXps://evil.example.com/a", "https://evil.example.com/a")>]
[<InlineData("hxxp[://]evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("hxxp[:]//evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("hxxp[:][/][/]evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("hxxp:[//]evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("http(:)//evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("meow://evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("h**p://evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("hxtp://evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("fxp://evil.example.com/a", "ftp://evil.example.com/a")>]
[<InlineData("hxxp:// evil.example.com/a", "http://evil.example.com/a")>]
[<InlineData("hxxp:\\\\evil.example.com", "http://evil.example.com/")>]
[<InlineData("http://evil[.]example[.]com/a", "http://evil.example.com/a")>]
[<InlineData("http://evil(.)example{.}com/a", "http://evil.example.com/a")>]
[<InlineData("http://evil[.example.]com/a", "http://evil.example.com/a")>]
[<InlineData("http://evil[dot]example(dot)com/a[.]php", "http://evil.example.com/a.php")>]
[<InlineData("http://evil[ . ]example [.] com/a", "http://evil.example.com/a")>]
[<InlineData("http://evil\\.example\\.com/a", "http://evil.example.com/a")>]
[<InlineData("http://evil[.]example.com[:]8080/a", "http://evil.example.com:8080/a")>]
[<InlineData("hxxp://192.0.2[.]7:8080/a?b=c#d", "http://192.0.2.7:8080/a?b=c#d")>]
[<InlineData("hxxp://[2001:db8::1]/a", "http://[2001:db8::1]/a")>]
[<InlineData("hxxp://user:secret@evil.example.com/a", "http://user:secret@evil.example.com/a")>]
[<InlineData("evil[.]example[.]com/a/b", "http://evil.example.com/a/b")>]
let ``a URL is found in every spelling`` (written: string) (canonical: string) =
    let found = text $"It asks %s{written} for more."
    Assert.Equal<(string * string) list>([ "url", canonical ], values found)
    Assert.Equal(written, found.Head.AsWritten)
    Assert.Equal(FindingRole.Ioc, found.Head.Role)

[<Theory>]
[<InlineData("(hxxp://evil.example.com/a)")>]
[<InlineData("hxxp://evil.example.com/a.")>]
[<InlineData("hxxp://evil.example.com/a,")>]
[<InlineData("\"hxxp://evil.example.com/a\"")>]
[<InlineData("'hxxp://evil.example.com/a'")>]
[<InlineData("“hxxp://evil.example.com/a”")>]
[<InlineData("<hxxp://evil.example.com/a>")>]
[<InlineData("[hxxp://evil.example.com/a]")>]
[<InlineData("`hxxp://evil.example.com/a`;")>]
[<InlineData("**hxxp://evil.example.com/a**")>]
[<InlineData("_hxxp://evil.example.com/a_")>]
[<InlineData("hxxp://evil.example.com/a!?")>]
[<InlineData("{hxxp://evil.example.com/a}")>]
[<InlineData("|hxxp://evil.example.com/a|")>]
[<InlineData("hxxp://evil.example.com/a…")>]
let ``what stands around a URL is not part of it`` (written: string) =
    for found in text written do
        Assert.True(found.Value = "http://evil.example.com/a" || found.Value = "evil.example.com", found.Value)

[<Theory>]
[<InlineData("hxxp://evil.example.com/a(b)c", "http://evil.example.com/a(b)c")>]
[<InlineData("hxxp://evil.example.com/?q[]=1&r=a,b", "http://evil.example.com/?q[]=1&r=a,b")>]
[<InlineData("hxxp://evil.example.com/?a=b;c", "http://evil.example.com/?a=b;c")>]
let ``what belongs to a URL stays`` (written: string) (canonical: string) =
    Assert.Equal<(string * string) list>([ "url", canonical ], values (text written))

[<Fact>]
let ``a URL that a placeholder cuts off gives its host only`` () =
    Assert.Equal<(string * string) list>(
        [ "domain", "evil.example.com" ],
        values (text "hxxp://evil.example[.]com/id/<VICTIM>")
    )

    Assert.Equal<(string * string) list>(
        [ "domain", "evil.example.com" ],
        values (text "- `evil.example[.]com/id/<VICTIM>`")
    )

    Assert.Equal<(string * string) list>(
        [ "domain", "evil.example.com" ],
        values (text "hxxp://evil.example[.]com/path...")
    )

[<Theory>]
[<InlineData("evil[.]example.com", "domain", "evil.example.com")>]
[<InlineData("evil(dot)example.com", "domain", "evil.example.com")>]
[<InlineData("EVIL[DOT]EXAMPLE.COM", "domain", "evil.example.com")>]
[<InlineData("evil dot example dot com", "domain", "evil.example.com")>]
[<InlineData("evil\\.example\\.com", "domain", "evil.example.com")>]
[<InlineData("bücher[.]example", "domain", "xn--bcher-kva.example")>]
[<InlineData("bücher[.]de", "domain", "xn--bcher-kva.de")>]
[<InlineData("xn--bcher-kva[.]de", "domain", "xn--bcher-kva.de")>]
[<InlineData("пример[.]рф", "domain", "xn--e1afmkfd.xn--p1ai")>]
[<InlineData("expyuzz4wqqyqhjn[.]onion", "domain", "expyuzz4wqqyqhjn.onion")>]
[<InlineData("192.0.2[.]7", "ipv4", "192.0.2.7")>]
[<InlineData("192[.]0[.]2[.]7", "ipv4", "192.0.2.7")>]
[<InlineData("192.0.2.7", "ipv4", "192.0.2.7")>]
[<InlineData("192.0.2[.]7:443", "ip_port", "192.0.2.7:443")>]
[<InlineData("192.0.2.7[:]443", "ip_port", "192.0.2.7:443")>]
[<InlineData("198.51.100.0/24", "cidr", "198.51.100.0/24")>]
[<InlineData("198.51.100[.]0[/]24", "cidr", "198.51.100.0/24")>]
[<InlineData("2001:db8::7", "ipv6", "2001:db8::7")>]
[<InlineData("2001[:]db8[:]0[:]1::7", "ipv6", "2001:db8:0:1::7")>]
[<InlineData("2001:db8::/32", "cidr", "2001:db8::/32")>]
[<InlineData("user@evil.example.com", "email", "user@evil.example.com")>]
[<InlineData("first+second.third@evil.example.com", "email", "first+second.third@evil.example.com")>]
[<InlineData("user[@]evil[.]example[.]com", "email", "user@evil.example.com")>]
[<InlineData("user[at]evil(dot)example(dot)com", "email", "user@evil.example.com")>]
[<InlineData("user (at) evil [.] example [.] com", "email", "user@evil.example.com")>]
[<InlineData("d41d8cd98f00b204e9800998ecf8427e", "md5", "d41d8cd98f00b204e9800998ecf8427e")>]
[<InlineData("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", "sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709")>]
[<InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
             "sha256",
             "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")>]
[<InlineData("3072:abcdefghijklmnopqrst:abcdefghijk", "ssdeep", "3072:abcdefghijklmnopqrst:abcdefghijk")>]
[<InlineData("setup.exe", "file_name", "setup.exe")>]
[<InlineData("invoice.pdf.exe", "file_name", "invoice.pdf.exe")>]
[<InlineData("C:\\Users\\Public\\a.dll", "file_path", "C:\\Users\\Public\\a.dll")>]
[<InlineData("C:\\Program Files (x86)\\Some App\\a b.exe", "file_path", "C:\\Program Files (x86)\\Some App\\a b.exe")>]
[<InlineData("%APPDATA%\\Micro\\a.js", "file_path", "%APPDATA%\\Micro\\a.js")>]
[<InlineData("\\\\server\\share\\a.exe", "file_path", "\\\\server\\share\\a.exe")>]
[<InlineData("/tmp/.x/run", "file_path", "/tmp/.x/run")>]
[<InlineData("~/Library/a/b", "file_path", "~/Library/a/b")>]
[<InlineData("HKCU\\Software\\Micro Soft\\Run", "registry_key", "HKEY_CURRENT_USER\\Software\\Micro Soft\\Run")>]
[<InlineData("HKLM:\\Software\\Run", "registry_key", "HKEY_LOCAL_MACHINE\\Software\\Run")>]
[<InlineData("00-11-22-AA-BB-CC", "mac", "00:11:22:aa:bb:cc")>]
[<InlineData("00:11:22:AA:BB:CC", "mac", "00:11:22:aa:bb:cc")>]
[<InlineData("CVE-2021-44228", "cve", "CVE-2021-44228")>]
[<InlineData("T1059.001", "attack_id", "T1059.001")>]
[<InlineData("T1566", "attack_id", "T1566")>]
[<InlineData("AS64496", "asn", "AS64496")>]
[<InlineData("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "crypto_address", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")>]
[<InlineData("da:39:a3:ee:5e:6b:4b:0d:32:55:bf:ef:95:60:18:90:af:d8:07:09",
             "certificate_sha1",
             "da39a3ee5e6b4b0d3255bfef95601890afd80709")>]
let ``every type is found in a sentence`` (written: string) (kind: string) (canonical: string) =
    let expected = if canonical = "" then [] else [ kind, canonical ]
    let found = text $"The sample uses %s{written} as well."
    Assert.Equal<(string * string) list>(expected, values found)

[<Theory>]
[<InlineData("Mutex: Global\\Abc_123", "mutex", "Global\\Abc_123")>]
[<InlineData("- Mutex name: `{8F6F0AC4}`", "mutex", "{8F6F0AC4}")>]
[<InlineData("User-Agent: Mozilla/5.0 (X11; Linux) x/1.2.3.4", "user_agent", "Mozilla/5.0 (X11; Linux) x/1.2.3.4")>]
[<InlineData("JA3: d41d8cd98f00b204e9800998ecf8427e", "ja3", "d41d8cd98f00b204e9800998ecf8427e")>]
[<InlineData("Thumbprint: da39a3ee5e6b4b0d3255bfef95601890afd80709",
             "certificate_sha1",
             "da39a3ee5e6b4b0d3255bfef95601890afd80709")>]
[<InlineData("File name: order of May.doc", "file_name", "order of May.doc")>]
[<InlineData("- e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  order of May.doc",
             "file_name",
             "order of May.doc")>]
let ``what only a label tells is found with it`` (line: string) (kind: string) (canonical: string) =
    Assert.Contains((kind, canonical), values (text line))

[<Theory>]
[<InlineData("version 1.2.3.4")>]
[<InlineData("v1.2.3.4")>]
[<InlineData("Chrome/55.0.2883.87 and Opera/12.1.2.3")>]
[<InlineData("010.020.030.040")>]
[<InlineData("256.1.1.1 and 1.2.3 and 1.2.3.4.5")>]
[<InlineData("com.google.android.gms.ads")>]
[<InlineData("self.name = os.read(x) and idc.get_name(y)")>]
[<InlineData("System.IO and Win32.Agent.DE")>]
[<InlineData("the end.The next sentence")>]
[<InlineData("e.g. this, i.e. that, etc. and so on")>]
[<InlineData("std::vector a::b 12:34:56")>]
[<InlineData("root@192.0.2.7")>]
[<InlineData("00000000000000000000000000000000")>]
[<InlineData("0123456789012345678901234567890")>]
[<InlineData("Imphash: d41d8cd98f00b204e9800998ecf8427e")>]
[<InlineData("b1_d41d8cd98f00b204e9800998ecf8427e")>]
[<InlineData("C:\\Users\\<name>\\a.exe")>]
[<InlineData("http://localhost/ and http://intranet/x")>]
[<InlineData("{4992D892-5B43-F684-478E-A27244537BD2}")>]
[<InlineData("TA551 T12 CVE-2021 AS1 x")>]
[<InlineData("and/or 24/7 w/o")>]
let ``what only looks like an observable is not reported`` (line: string) =
    let found = text line |> List.filter (fun found -> found.Role = FindingRole.Ioc)
    Assert.Empty found

[<Fact>]
let ``names of files are never hosts`` () =
    for name in [ "readme.md"; "run.sh"; "script.py"; "a.zip"; "lib.so"; "main.rs" ] do
        let found = text $"It drops %s{name} there."
        Assert.All(found, fun found -> Assert.Equal("file_name", found.Type))

[<Theory>]
[<InlineData("10.1.2.3")>]
[<InlineData("192.168.0.1")>]
[<InlineData("127.0.0.1")>]
[<InlineData("8.8.8.8")>]
[<InlineData("CVE-2021-44228")>]
[<InlineData("T1059")>]
[<InlineData("https://twitter.com/someone/status/1")>]
[<InlineData("https://www.virustotal.com/gui/file/abc")>]
[<InlineData("https://attack.mitre.org/techniques/T1059/")>]
[<InlineData("rundll32.exe")>]
[<InlineData("C:\\Windows\\System32\\cmd.exe")>]
let ``what is cited or belongs to everybody is context`` (written: string) =
    let found = text $"It is %s{written} that does it."
    Assert.NotEmpty found
    Assert.All(found, fun found -> Assert.Equal(FindingRole.Context, found.Role))

[<Fact>]
let ``a value that the report warns of once is an indicator everywhere`` () =
    let found = text "See evil.example.com here.\n\nIOCs:\n\n- evil[.]example[.]com\n"
    Assert.Equal(2, found.Length)
    Assert.All(found, fun found -> Assert.Equal(FindingRole.Ioc, found.Role))

[<Fact>]
let ``offsets and lines are those of the file`` () =
    let document = "one\r\nüü two\n  evil[.]example[.]com\n"
    let found = text document
    let one = Assert.Single found
    Assert.Equal(3L, one.Line)
    Assert.Equal("evil[.]example[.]com", one.AsWritten)

[<Fact>]
let ``markup between the letters of a value is part of how it is written`` () =
    let found =
        extract ReportFormat.Html "<p>C2: <b>evil</b>[.]<i>example</i>&#46;com and a &amp; b</p>"

    let one = Assert.Single found
    Assert.Equal("evil.example.com", one.Value)
    Assert.Equal("evil</b>[.]<i>example</i>&#46;com", one.AsWritten)

[<Fact>]
let ``cells without white space between are apart`` () =
    let found =
        extract
            ReportFormat.Html
            "<table><tr><th>IP</th><th>Domain</th></tr><tr><td>192.0.2.7</td><td>evil.example.com</td></tr></table>"

    Assert.Equal<(string * string) list>([ "ipv4", "192.0.2.7"; "domain", "evil.example.com" ], values found)
    Assert.All(found, fun found -> Assert.Equal(FindingRole.Ioc, found.Role))

[<Fact>]
let ``scripts, styles, comments and navigation yield no indicators`` () =
    let found =
        extract
            ReportFormat.Html
            "<html><head><style>a.com{}</style><script>x='evil[.]example.com'</script></head><body><nav><a href=\"https://vendor.example.org/\">192.0.2.1</a></nav><!-- evil[.]example.com --><p>Text</p></body></html>"

    Assert.All(found, fun found -> Assert.Equal(FindingRole.Context, found.Role))

[<Fact>]
let ``a legitimate file's hash beside a malicious one is context`` () =
    let found =
        extract
            ReportFormat.Markdown
            "## IOCs\n\n|Malware|Legitimate SHA-1|\n|---|---|\n|da39a3ee5e6b4b0d3255bfef95601890afd80709|ea39a3ee5e6b4b0d3255bfef95601890afd80708|\n"

    Assert.Equal<FindingRole list>([ FindingRole.Ioc; FindingRole.Context ], found |> List.map _.Role)

[<Fact>]
let ``items of a feed are read: titles, HTML inside of CDATA and of entities, links as context`` () =
    let feed =
        "<?xml version=\"1.0\"?><rss><channel><title>Feed</title><item><title>evil.example.com</title><link>https://blog.example.org/1</link><description>&lt;p&gt;C2 192.0.2&amp;#46;7&lt;/p&gt;</description><content:encoded><![CDATA[<p>hxxp://evil[.]example[.]com/<b>a</b></p>]]></content:encoded></item></channel></rss>"

    let found = extract ReportFormat.Feed feed

    let ioc =
        found
        |> List.filter (fun found -> found.Role = FindingRole.Ioc)
        |> values
        |> List.sort

    Assert.Equal<(string * string) list>(
        [
            "domain", "evil.example.com"
            "ipv4", "192.0.2.7"
            "url", "http://evil.example.com/a"
        ],
        ioc
    )

[<Fact>]
let ``formats are told from the first bytes`` () =
    let guess (text: string) =
        ReportFormat.guess (ReadOnlySpan<byte>(System.Text.Encoding.UTF8.GetBytes text))

    Assert.Equal(ReportFormat.Html, guess "\n<!DOCTYPE html><html>")
    Assert.Equal(ReportFormat.Feed, guess "<?xml version='1.0'?>\n<rss version='2.0'>")
    Assert.Equal(ReportFormat.Feed, guess "<feed xmlns='http://www.w3.org/2005/Atom'>")
    Assert.Equal(ReportFormat.AsciiDoc, guess "= Title\n\n|===\n|a|b\n|===\n")
    Assert.Equal(ReportFormat.Markdown, guess "# Title\n\ntext\n")
    Assert.Equal(ReportFormat.Text, guess "TITLE\n\ntext\n")
    Assert.Equal(ReportFormat.Text, guess "")

[<Theory>]
[<InlineData("https://paste.ee/r/abc", "paste.ee")>]
[<InlineData("https://github.com/someone/tool/raw/main/a.ps1", "github.com")>]
[<InlineData("https://drive.google.com/uc?export=download&id=1a2b3c", "drive.google.com")>]
[<InlineData("https://t.me/somechannel", "t.me")>]
[<InlineData("https://www.dropbox.com/s/1a2b3c/invoice.zip?dl=1", "www.dropbox.com")>]
[<InlineData("https://cdn.discordapp.com/attachments/1/2/a.exe", "cdn.discordapp.com")>]
let ``what lies on a service for everybody is an indicator in a list of them, the service is none``
    (url: string)
    (host: string)
    =
    let document =
        $"# Threat\n\nIt does things.\n\n## Indicators of compromise\n\n- %s{url}\n- %s{host}\n- https://%s{host}/\n- evil.example.com\n- virustotal.com\n"

    let roles =
        extract ReportFormat.Markdown document
        |> List.map (fun found -> found.Value, found.Role)
        |> Map.ofList

    Assert.Equal(FindingRole.Ioc, roles[url])
    Assert.Equal(FindingRole.Ioc, roles["evil.example.com"])
    Assert.Equal(FindingRole.Context, roles[host])
    Assert.Equal(FindingRole.Context, roles[$"https://%s{host}/"])
    Assert.Equal(FindingRole.Context, roles["virustotal.com"])

[<Fact>]
let ``a service is none when it is defanged either, what somebody has there or below it is`` () =
    let found =
        extract
            ReportFormat.Markdown
            "## Indicators\n\n- `paste[.]ee`\n- `hxxps://github[.]com`\n- `evil.duckdns[.]org`\n- `hxxps://paste[.]ee/r/abc`\n- `someone.github[.]io`\n"

    Assert.Equal<string list>(
        [ "evil.duckdns.org"; "https://paste.ee/r/abc"; "someone.github.io" ],
        found
        |> List.filter (fun found -> found.Role = FindingRole.Ioc)
        |> List.map _.Value
    )

[<Fact>]
let ``where others' indicators can be had is no indicator, nor is a report on a sample`` () =
    let found =
        extract
            ReportFormat.Markdown
            "## Indicators\n\n- https://github.com/vendor/malware-ioc/tree/master/x\n- https://github.com/vendor/indicators\n- https://www.virustotal.com/gui/file/0a4af4996a5f1c091cde6b18907c08fe\n"

    Assert.DoesNotContain(found, fun found -> found.Role = FindingRole.Ioc && found.Type = "url")
