// Datasets and reputation lists: golden bytes, what is refused, and hostile text. That Suricata reads them is tested with the tool itself.
module Cti.Core.Tests.SuricataListTests

open System
open System.Text
open Cti.Core
open Xunit

let private render (spec: RenderSpec) (values: (ObservableType * string) list) =
    let batch = IndicatorBatch(values.Length + 1)

    for observable, value in values do
        Samples.add batch observable value |> ignore

    Samples.render spec batch

let private hold spec (observable: ObservableType) (value: string) =
    (RenderSpec.create spec).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

let private mixed =
    [
        ObservableType.Domain, "a.example"
        ObservableType.Ipv4, "192.0.2.4"
        ObservableType.Ipv6, "2001:db8::1"
        ObservableType.Cidr, "192.0.2.0/24"
        ObservableType.Md5, "d41d8cd98f00b204e9800998ecf8427e"
        ObservableType.Sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"
        ObservableType.Sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ObservableType.Ja3, "e7d705a3286e19ea42f587b344ee6865"
        ObservableType.UserAgent, "evil; \"agent\"\n"
        ObservableType.Url, "http://a.example/"
    ]

[<Fact>]
let ``a dataset lists values of its kind, strings in base64`` () =
    let lines kind =
        render (RenderSpec.SuricataDataset kind) mixed

    Assert.Equal("YS5leGFtcGxl\n", lines DatasetKind.Domain)
    Assert.Equal("192.0.2.4\n2001:db8::1\n", lines DatasetKind.Ip)
    Assert.Equal("d41d8cd98f00b204e9800998ecf8427e\n", lines DatasetKind.Md5)
    Assert.Equal("da39a3ee5e6b4b0d3255bfef95601890afd80709\n", lines DatasetKind.Sha1)

    Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n", lines DatasetKind.Sha256)

    Assert.Equal("ZTdkNzA1YTMyODZlMTllYTQyZjU4N2IzNDRlZTY4NjU=\n", lines DatasetKind.Ja3)
    Assert.Equal("ZXZpbDsgImFnZW50Igo=\n", lines DatasetKind.UserAgent)

[<Fact>]
let ``a reputation list has category and score, for addresses and networks`` () =
    let batch = IndicatorBatch 8

    for (observable, value), confidence in
        List.zip
            (List.filter (fun (kind, _) -> kind <> ObservableType.Url) mixed
             |> List.truncate 4)
            [ 1uy; 0uy; 100uy; 50uy ] do
        let row = Samples.add batch observable value
        batch.Confidence[row] <- confidence

    Assert.Equal(
        "192.0.2.0/24,7,63\n192.0.2.4,7,1\n2001:db8::1,7,127\n",
        Samples.render (RenderSpec.SuricataIpRep { Category = 7 }) batch
    )

[<Fact>]
let ``what is no value of a list is refused`` () =
    let dataset kind = hold (RenderSpec.SuricataDataset kind)

    let notCanonical = ValueSome RenderReason.NotCanonical
    Assert.Equal(notCanonical, dataset DatasetKind.Md5 ObservableType.Md5 "x")
    Assert.Equal(notCanonical, dataset DatasetKind.Md5 ObservableType.Md5 (String('A', 32)))
    Assert.Equal(notCanonical, dataset DatasetKind.Sha256 ObservableType.Sha256 (String('a', 63) + "\n"))
    Assert.Equal(notCanonical, dataset DatasetKind.Ip ObservableType.Ipv4 "192.0.2.1,string")
    Assert.Equal(notCanonical, dataset DatasetKind.UserAgent ObservableType.UserAgent "")

    Assert.Equal(
        ValueSome RenderReason.TooLong,
        dataset DatasetKind.UserAgent ObservableType.UserAgent (String('a', 4_097))
    )

    let rep = hold (RenderSpec.SuricataIpRep IpRepOptions.defaults)
    Assert.Equal(notCanonical, rep ObservableType.Ipv4 "192.0.2.1,1,127\n10.0.0.1")
    Assert.Equal(notCanonical, rep ObservableType.Cidr "0.0.0.0/0")
    Assert.Equal(ValueSome RenderReason.TypeNotHeld, rep ObservableType.Domain "a.example")

[<Fact>]
let ``any string comes back out of base64`` () =
    for value in
        [
            "a\nb"
            "x,y"
            "#c"
            "é"
            "\u001b[2J"
            "$(id)"
            "=1+1"
            "\"; load /etc/passwd"
        ] do
        let line =
            render (RenderSpec.SuricataDataset DatasetKind.UserAgent) [ ObservableType.UserAgent, value ]

        Assert.Equal(value, Encoding.UTF8.GetString(Convert.FromBase64String(line.TrimEnd '\n')))
        Assert.Equal(1, line.Split('\n').Length - 1)
