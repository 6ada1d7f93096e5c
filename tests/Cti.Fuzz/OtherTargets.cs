// Everything else that reads foreign bytes: pipeline files, lists, single values.

using System.Buffers;
using System.Text;
using Cti.Core;
using Cti.Host.Config;

namespace Cti.Fuzz;

/// <summary>A pipeline's file. Promises: a typed pipeline or diagnostics, never an exception, and each can be printed.</summary>
internal sealed class DeclareTarget : ITarget
{
    public string Name => "declare";

    public void Try(byte[] input, Random random)
    {
        var text = Encoding.UTF8.GetString(input);
        var file = PipelineFile.Parse("fuzz.yaml", text);
        if ((file.Pipeline is null) != (file.Diagnostics.Count > 0) && text.Length > 0)
        {
            throw new BrokenPromise("neither a pipeline nor a diagnostic");
        }

        DiagnosticPrinter.Print(TextWriter.Null, file);
    }
}

/// <summary>Lists that screen. Promises: a list or a coded error, and a list that was taken can be built and asked.</summary>
internal sealed class ListTarget : ITarget
{
    public string Name => "lists";

    public void Try(byte[] input, Random random)
    {
        var parsed = random.Next(2) == 0 ? Warninglist.parse("fuzz", input) : AllowList.parse("fuzz", input);
        if (parsed.IsOk && ScreenSet.Build([parsed.ResultValue], BroadEntry.defaults) is { IsOk: true } built)
        {
            built.ResultValue.Match(ObservableType.Domain, "a.example"u8);
        }
    }
}

/// <summary>Tables that enrich, and public suffixes. Promises: a table or a coded error.</summary>
internal sealed class TableTarget : ITarget
{
    private static readonly RangeFormat[] Formats =
    [
        RangeFormat.Delegated,
        RangeFormat.NewColumns(
            Microsoft.FSharp.Collections.ListModule.OfSeq([
                RangeColumn.Start,
                RangeColumn.End,
                RangeColumn.Asn,
                RangeColumn.Country,
                RangeColumn.AsName,
            ])
        ),
        RangeFormat.NewColumns(
            Microsoft.FSharp.Collections.ListModule.OfSeq([RangeColumn.Network, RangeColumn.Country])
        ),
    ];

    public string Name => "tables";

    public void Try(byte[] input, Random random)
    {
        var files = Microsoft.FSharp.Collections.ListModule.OfSeq([("fuzz", input)]);
        var failed = random.Next(6) switch
        {
            0 => RangeTable.Parse(Formats[random.Next(Formats.Length)], files).IsError,
            1 => KevTable.Parse("fuzz", input).IsError,
            2 => EpssTable.Parse(files).IsError,
            3 => SeverityTable.Parse(files).IsError,
            4 => AttackTable.Parse(files).IsError,
            _ => PublicSuffixList.Parse("fuzz", input, SuffixSections.All).IsError,
        };
        _ = failed;
    }
}

/// <summary>Other encodings. Promises: what comes out is the same whatever the pieces are that went in, and UTF-8, but for halves
/// of surrogate pairs, which are handed on as bytes that the reader rejects.</summary>
internal sealed class EncodingTarget : ITarget
{
    private static readonly TextEncoding[] All =
    [
        TextEncoding.Latin1,
        TextEncoding.Windows1252,
        TextEncoding.Macintosh,
        TextEncoding.Utf16Le,
        TextEncoding.Utf16Be,
    ];

    public string Name => "encodings";

    public void Try(byte[] input, Random random)
    {
        var encoding = All[random.Next(All.Length)];
        var whole = Decode(encoding, input, input.Length + 64, input.Length * 4 + 64);
        var pieces = Decode(encoding, input, random.Next(8, 3000), random.Next(8, 3000));
        if (!whole.AsSpan().SequenceEqual(pieces))
        {
            throw new BrokenPromise($"{encoding} decodes otherwise in pieces");
        }

        if (encoding is { IsUtf16Le: false, IsUtf16Be: false } && !System.Text.Unicode.Utf8.IsValid(whole))
        {
            throw new BrokenPromise($"{encoding} does not decode to UTF-8");
        }
    }

    private static byte[] Decode(TextEncoding encoding, byte[] input, int pieceBytes, int targetBytes)
    {
        using var result = new MemoryStream();
        var target = new byte[targetBytes];
        var (begin, end) = (0, 0);
        while (true)
        {
            var step = Transcoder.decode(encoding, input.AsSpan(begin, end - begin), target, end == input.Length);
            result.Write(target, 0, step.Written);
            begin += step.Consumed;
            if (step.Written == 0 && step.Consumed == 0 && end == input.Length)
            {
                return result.ToArray();
            }

            end = Math.Min(input.Length, Math.Max(end, begin + pieceBytes));
        }
    }
}

/// <summary>Single values under every type. Promises: total, idempotent, and a named type is never changed into another.</summary>
internal sealed class ValueTarget : ITarget
{
    private static readonly SearchValues<byte> Borders = SearchValues.Create(" ,;\t\r\n\""u8);

    public string Name => "values";

    public void Try(byte[] input, Random random)
    {
        var at = 0;
        for (var count = 0; count < 200 && at < input.Length; count++)
        {
            var rest = input.AsSpan(at);
            var length = rest.IndexOfAny(Borders);
            var value = length < 0 ? rest : rest[..length];
            at += value.Length + 1;
            var type = ObservableTypeModule.all[random.Next(ObservableTypeModule.all.Length)];
            var hint = random.Next(2) == 0 ? TypeHint.Auto : TypeHint.NewFixed(type);
            Check(value, hint);
        }
    }

    private static void Check(ReadOnlySpan<byte> value, TypeHint hint)
    {
        var room = new byte[Normalise.bound(value.Length)];
        var first = Normalise.into(hint, value, room);
        if (!first.Error.IsNone)
        {
            return;
        }

        var canonical = room.AsSpan(0, first.Length);
        var again = new byte[Normalise.bound(first.Length)];
        var second = Normalise.into(TypeHint.NewFixed(first.Type), canonical, again);
        if (!second.Error.IsNone || !canonical.SequenceEqual(again.AsSpan(0, second.Length)))
        {
            throw new BrokenPromise(
                $"{ObservableTypeModule.name(first.Type)} is not stable: {Show(value)} gives {Show(canonical)}, then {second.Error} {Show(again.AsSpan(0, second.Length))}"
            );
        }

        if (hint.IsFixed && !hint.Item.Equals(first.Type))
        {
            throw new BrokenPromise(
                $"a {ObservableTypeModule.name(hint.Item)} became a {ObservableTypeModule.name(first.Type)}"
            );
        }
    }

    private static string Show(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes.Length > 300 ? bytes[..300] : bytes)
        + (bytes.Length > 300 ? $"… ({bytes.Length} bytes)" : "");
}
