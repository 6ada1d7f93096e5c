// Texts that would break out of a format that does not escape them: for the injection tests of renderers.
module Cti.Core.Tests.Hostile

open System
open System.Text
open Cti.Core
open Cti.Core.Tests.Support

let texts =
    [
        "a\"b"
        "a'b"
        "a\\"
        "\\\" } rule evil { condition: true } //"
        "a\nid: evil"
        "a\r\n---\ntitle: evil"
        "a: b # c"
        "'); DROP TABLE file; --"
        "' OR '1'='1"
        "*/ evil /*"
        "$(reboot) `reboot` ${HOME} %APPDATA%"
        "{{ evil }} {% evil %} <%= evil %>"
        "\u001b[31mred\u0007"
        "=HYPERLINK(\"x\")"
        "@SUM(1)"
        "＝1+1"
        "a\u0000b"
        "a\u007fb\u0085c\u2028d\uFEFFe"
        "😀 日本 \U0010FFFE"
        "* ? \\* \\? \\\\"
    ]

/// A row whose every free text is hostile.
let add (batch: IndicatorBatch) (observable: ObservableType) (value: string) (text: string) : int =
    let row = Samples.add batch observable value
    batch.Labels[row] <- NameSet.Of [ text; "plain" ]
    batch.Sources[row] <- NameSet.Of [ text ]
    batch.Remarks.Describe(row, ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text), day 0)
    row

let hold (spec: RenderSpec) (observable: ObservableType) (value: string) =
    (RenderSpec.create spec).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

/// What it lost, after a render of everything.
let lossesOf (spec: RenderSpec) (batch: IndicatorBatch) : LossList =
    let renderer = RenderSpec.create spec
    let writer = Utf8Writer 64
    renderer.Rows(batch, ReadOnlySpan<int>(Samples.canonical batch), writer)
    renderer.Losses
