// Patterns and rules as subjects: line ends, blanks, what is refused, and that the canonical form stays as it is.
module Cti.Core.Tests.Normalise.PatternTableTests

open System
open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

let private kinds = ObservableType.all |> Array.filter ObservableType.isPattern

let private parse kind (text: string) =
    Normalise.tryParse (TypeHint.Fixed kind) text |> Result.map _.Value

[<Fact>]
let ``five types are patterns`` () =
    Assert.Equal<string[]>(
        [| "stix_pattern"; "yara_rule"; "sigma_rule"; "suricata_rule"; "snort_rule" |],
        kinds |> Array.map ObservableType.name
    )

[<Fact>]
let ``line ends become LF and blanks around go, nothing else changes`` () =
    for kind in kinds do
        Assert.Equal(
            Ok "rule a {\n\tx = \"hxxp://a[.]b\" // \\ ||c^\n}",
            parse kind "\r\n  rule a {\r\n\tx = \"hxxp://a[.]b\" // \\ ||c^\r}\n \n"
        )

[<Fact>]
let ``what is empty, too long or holds control characters is refused`` () =
    for kind in kinds do
        Assert.Equal(Error NormaliseError.Empty, parse kind " \r\n ")
        Assert.Equal(Error NormaliseError.ControlCharacter, parse kind "a\u0000b")
        Assert.Equal(Error NormaliseError.ControlCharacter, parse kind "a\u001Bb")
        Assert.Equal(Error NormaliseError.ControlCharacter, parse kind "a\u007Fb")
        Assert.Equal(Ok(String('x', 65_536)), parse kind (String('x', 65_536)))
        Assert.Equal(Ok(String('x', 65_536)), parse kind (" " + String('x', 65_536) + "\r\n"))
        Assert.Equal(Error NormaliseError.PatternTooLong, parse kind (String('x', 65_537)))

    let target = Array.zeroCreate<byte>(Normalise.bound 2)
    let broken = [| 'a'B; 0xFFuy |]

    Assert.Equal(
        NormaliseError.InvalidUtf8,
        (Normalise.into (TypeHint.Fixed ObservableType.YaraRule) (ReadOnlySpan<byte> broken) (Span<byte> target)).Error
    )

[<Fact>]
let ``a canonical pattern is its own canonical form`` () =
    let text =
        Gen.elements
            [
                "a"
                " "
                "\t"
                "\r"
                "\n"
                "\r\n"
                "[x:y = 'z']"
                "träge"
                "\u00A0"
                "\u200B"
            ]
        |> Gen.listOf
        |> Gen.map (String.concat "")

    check (
        Prop.forAll (Arb.fromGen text) (fun text ->
            match parse ObservableType.SigmaRule text with
            | Ok canonical ->
                parse ObservableType.SigmaRule canonical = Ok canonical
                && not (canonical.Contains '\r')
            | Error error -> error = NormaliseError.Empty)
    )
