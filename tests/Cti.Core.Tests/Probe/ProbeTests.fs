// What a probe sends: values that are nobody's, in the form everything else has, of a type the sink takes.
module Cti.Core.Tests.ProbeTests

open Cti.Core
open Cti.Core.Predicates
open Xunit

let private now = Samples.now

let private where (text: string) =
    match Predicate.parse text with
    | Ok predicate -> Some predicate
    | Error errors -> invalidOp $"%A{errors}"

let private chosen (condition: Predicate option) (spec: RenderSpec) =
    match Probe.choose condition (RenderSpec.create spec) now with
    | ValueSome subject -> subject.Value
    | ValueNone -> ""

[<Fact>]
let ``every value is its own canonical form`` () =
    for observable in ObservableType.all do
        match ProbeValue.ofType observable with
        | ValueSome value ->
            let found = Api.Observables.Normalise(value, observable)
            Assert.True(not (isNull (box found.Subject)), $"%s{value}: %s{string found.Code} %s{found.Message}")
            Assert.Equal(value, (nonNull found.Subject).Value)
        | ValueNone -> ()

[<Fact>]
let ``the first type that the format holds and the condition selects is taken`` () =
    Assert.Equal("192.0.2.77", chosen None RenderSpec.PlainList)
    Assert.Equal("probe.example", chosen (where "type = 'domain' AND score >= 60") RenderSpec.PlainList)

    Assert.Equal(
        "http://probe.example/cti",
        chosen (where "type IN ('url', 'domain') AND value LIKE 'http%'") RenderSpec.PlainList
    )

    Assert.Equal("03d6e60406deeebee08acf1ea40c4120d7a1452f", chosen None (RenderSpec.ClamAvHashes ClamAvKind.Hsb))

[<Fact>]
let ``a condition that nothing of ours meets still says which type is meant`` () =
    Assert.Equal("probe.example", chosen (where "type = 'domain' AND has(labels, 'phishing')") RenderSpec.PlainList)

[<Fact>]
let ``a format that holds nothing but rules is probed with nothing of ours`` () =
    Assert.Equal("", chosen None (RenderSpec.RuleFile RuleLanguage.Yara))

[<Fact>]
let ``the end of a probe is the next version of the same indicator`` () =
    let subject =
        {
            Type = ObservableType.Domain
            Value = "probe.example"
        }

    let begun, ended = Probe.row subject now, Probe.ended subject now
    Assert.Equal(begun.Id[0], ended.Id[0])
    Assert.True(ended.Revision[0] > begun.Revision[0])
    Assert.Equal(IndicatorStatus.Withdrawn, ended.Status[0])
