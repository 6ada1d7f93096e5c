// Syslog messages: whatever a record holds, it stays one frame, one line and one message.
module Cti.Core.Tests.SyslogMessageTests

open System
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core

let private header =
    {
        Facility = 16
        Severity = 5
        HostName = "gateway"
        AppName = "cti"
        StructuredData = []
    }

let private now = DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)

let private frame (header: SyslogHeader) (record: byte[]) =
    let writer = Utf8Writer 64
    SyslogMessage.Framer(header).Write(ReadOnlySpan<byte> record, now, writer)
    writer.Written.ToArray()

let private text (record: string) =
    Encoding.UTF8.GetString(frame header (Encoding.UTF8.GetBytes record))

[<Fact>]
let ``a frame counts the octets of a message of RFC 5424`` () =
    let message = "<133>1 2026-01-02T03:04:05.000Z gateway cti - - - {\"v\":\"ü\"}"
    Assert.Equal($"%d{Encoding.UTF8.GetByteCount message} %s{message}", text "{\"v\":\"ü\"}\n")

[<Theory>]
[<InlineData("a\nb", "a\\u000Ab")>]
[<InlineData("a\r\n<0>1 - - - - - b\n", "a\\u000D\\u000A<0>1 - - - - - b")>]
[<InlineData("\u0000\u001b[31m\u007f", "\\u0000\\u001B[31m\\u007F")>]
[<InlineData("\u0085\u009b", "\\u0085\\u009B")>]
[<InlineData("ÿ €", "ÿ €")>]
let ``control characters are escaped and nothing else is`` (record: string, expected: string) =
    Assert.EndsWith("cti - - - " + expected, text record)

[<Fact>]
let ``structured data escapes what would end its value`` () =
    let written =
        frame
            { header with
                StructuredData = [ "cti@32473", [ "site", "a\"]\\\nb"; "team", "x" ]; "b", [] ]
            }
            "m"B

    Assert.EndsWith("cti - - [cti@32473 site=\"a\\\"\\]\\\\ b\" team=\"x\"][b] m", Encoding.UTF8.GetString written)

// Any bytes, well-formed or not; those that begin a C1 control character more often than chance would.
[<Fact>]
let ``any record is exactly one frame without a control character`` () =
    let one =
        Gen.frequency
            [
                3, Gen.choose (0, 255) |> Gen.map byte
                1, Gen.elements [ 0xC2uy; 0x0Auy; 0x85uy ]
            ]

    Prop.forAll (Arb.fromGen (Gen.arrayOf one)) (fun record ->
        let written = frame header record
        let space = Array.IndexOf(written, ' 'B)
        let length = Int32.Parse(Encoding.ASCII.GetString(written, 0, space))
        let message = written[space + 1 ..]

        message.Length = length
        && message |> Array.forall (fun code -> code >= 0x20uy && code <> 0x7Fuy)
        && message
           |> Array.pairwise
           |> Array.forall (fun (a, b) -> a <> 0xC2uy || b < 0x80uy || b > 0x9Fuy))
    |> Check.QuickThrowOnFailure
