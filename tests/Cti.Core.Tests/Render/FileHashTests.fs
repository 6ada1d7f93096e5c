// Signatures of files by hash, for ClamAV and YARA: golden bytes, what is refused, what is said once, hostile texts.
module Cti.Core.Tests.FileHashTests

open System
open System.Text.RegularExpressions
open Cti.Core
open Xunit

let private md5 = "d41d8cd98f00b204e9800998ecf8427e"
let private sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"

let private sha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

let private all () =
    let batch = IndicatorBatch 8
    Samples.add batch ObservableType.Md5 md5 |> ignore
    Samples.add batch ObservableType.Sha1 sha1 |> ignore
    Samples.add batch ObservableType.Sha256 sha256 |> ignore
    Samples.add batch ObservableType.Domain "a.example" |> ignore
    batch

[<Fact>]
let ``a database of each kind, byte for byte`` () =
    Assert.Equal(
        $"# Cti.Pipelines\n%s{sha1}:*:Cti.sha1-%s{sha1}:73\n%s{sha256}:*:Cti.sha256-%s{sha256}:73\n",
        Samples.render (RenderSpec.ClamAvHashes ClamAvKind.Hsb) (all ())
    )

    Assert.Equal(
        $"# Cti.Pipelines\n%s{md5}:*:Cti.md5-%s{md5}:73\n",
        Samples.render (RenderSpec.ClamAvHashes ClamAvKind.Hdb) (all ())
    )

[<Fact>]
let ``an empty database has a line, for ClamAV takes none without`` () =
    Assert.Equal("# Cti.Pipelines\n", Samples.render (RenderSpec.ClamAvHashes ClamAvKind.Hsb) (IndicatorBatch 1))

[<Fact>]
let ``only hashes that the tool computes are held, and only in their canonical form`` () =
    let cases =
        [
            RenderSpec.ClamAvHashes ClamAvKind.Hsb, ObservableType.Sha1, sha1, ValueNone
            RenderSpec.ClamAvHashes ClamAvKind.Hsb, ObservableType.Md5, md5, ValueSome RenderReason.TypeNotHeld
            RenderSpec.ClamAvHashes ClamAvKind.Hdb, ObservableType.Md5, md5, ValueNone
            RenderSpec.ClamAvHashes ClamAvKind.Hdb, ObservableType.Sha256, sha256, ValueSome RenderReason.TypeNotHeld
            RenderSpec.ClamAvHashes ClamAvKind.Hdb, ObservableType.Ja3, md5, ValueSome RenderReason.TypeNotHeld
            RenderSpec.YaraHashes, ObservableType.Sha512, sha256 + sha256, ValueSome RenderReason.TypeNotHeld
            RenderSpec.YaraHashes, ObservableType.Md5, md5.ToUpperInvariant(), ValueSome RenderReason.NotCanonical
            RenderSpec.YaraHashes, ObservableType.Md5, md5 + "0", ValueSome RenderReason.NotCanonical
            RenderSpec.YaraHashes, ObservableType.Md5, "", ValueSome RenderReason.NotCanonical
            RenderSpec.YaraHashes, ObservableType.Md5, "\":*:x\n" + md5.Substring 6, ValueSome RenderReason.NotCanonical
        ]

    for spec, observable, value, wanted in cases do
        Assert.Equal(wanted, Hostile.hold spec observable value)

[<Fact>]
let ``a rule, byte for byte`` () =
    let batch = IndicatorBatch 2
    let row = Hostile.add batch ObservableType.Md5 md5 "says \"x\\\""

    batch.Remarks.Refer(row, ReadOnlySpan<byte>(Samples.utf8 "feed\thttps://f.example/1\nother\thttps://f.example/2"))

    Assert.Equal(
        $"import \"hash\"\n\n\
          private rule cti_md5_group_d4 {{\n  condition:\n    hash.md5(0, filesize) startswith \"d4\"\n}}\n\n\
          rule cti_md5_%s{md5} {{\n  meta:\n    confidence = 80\n    tlp = \"clear\"\n    first_seen = \"2026-02-28T12:00:00.000Z\"\n    \
          last_seen = \"2026-03-01T12:00:00.000Z\"\n    labels = \"plain, says \\\"x\\\\\\\"\"\n    sources = \"says \\\"x\\\\\\\"\"\n    \
          description = \"says \\\"x\\\\\\\"\"\n    reference = \"https://f.example/1\"\n    reference = \"https://f.example/2\"\n  condition:\n    \
          cti_md5_group_d4 and hash.md5(0, filesize) == \"%s{md5}\"\n}}\n",
        Samples.render RenderSpec.YaraHashes batch
    )

[<Fact>]
let ``a hash of two episodes is said once, and no rule's name comes twice`` () =
    let batch = all ()

    for observable, value in [ ObservableType.Sha256, sha256; ObservableType.Md5, md5 ] do
        let row = Samples.add batch observable value
        batch.Id[row] <- Identity.indicator { Type = observable; Value = value } 1

    let rules = Samples.render RenderSpec.YaraHashes batch

    let names =
        [ for found in Regex.Matches(rules, @"rule (\w+)") -> found.Groups[1].Value ]

    Assert.Equal(6, names.Length)
    Assert.Equal<string list>(names, List.distinct names)

    Assert.Equal(
        Samples.render (RenderSpec.ClamAvHashes ClamAvKind.Hdb) (all ()),
        Samples.render (RenderSpec.ClamAvHashes ClamAvKind.Hdb) batch
    )

/// Strings of YARA read back by the letter: bytes between quotes, with their escapes.
let private strings (text: string) : string list =
    [
        for found in Regex.Matches(text, "= \"((?:[^\"\\\\\\n]|\\\\[\"\\\\]|\\\\x[0-9a-f]{2})*)\"\\n") ->
            Regex.Replace(
                found.Groups[1].Value,
                @"\\(x([0-9a-f]{2})|.)",
                fun escape ->
                    if escape.Groups[2].Success then
                        string (char (Convert.ToInt32(escape.Groups[2].Value, 16)))
                    else
                        escape.Groups[1].Value
            )
    ]

[<Fact>]
let ``hostile texts stay inside of their strings`` () =
    for text in Hostile.texts do
        let batch = IndicatorBatch 2
        Hostile.add batch ObservableType.Md5 md5 text |> ignore
        let rendered = Samples.render RenderSpec.YaraHashes batch
        Assert.Contains(text, strings rendered)
        // As many lines as without hostile texts, whatever is said in it.
        Assert.Equal(20, (rendered.Split '\n').Length)

[<Fact>]
let ``a text that YARA's scanner would not take is cut, and that is told`` () =
    let batch = IndicatorBatch 2
    let row = Samples.add batch ObservableType.Md5 md5
    batch.Remarks.Describe(row, ReadOnlySpan<byte>(Samples.utf8 (String('é', 1_500))), Support.day 0)
    let text = Samples.render RenderSpec.YaraHashes batch
    Assert.Contains($"description = \"%s{String('é', YaraRuleText.Longest / 2)}\"\n", text)
    Assert.Equal(1L, (Hostile.lossesOf RenderSpec.YaraHashes batch).Count LossReason.TooLarge)
