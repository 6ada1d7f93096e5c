// One `cti tap`: samples of what passes one boundary, as lines of JSON in a bounded queue. A listener that is too slow loses samples, which is
// counted; the pipeline never waits for it.

using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Cti.Core;
using Cti.Core.Predicates;
using Microsoft.FSharp.Core;

namespace Cti.Host.Serve;

/// <summary>Filled by a pipeline's tasks, emptied by one listener.</summary>
/// <param name="stage">`read`, `map`, `normalise`, `screen`, `store` or `sink:NAME`.</param>
/// <param name="limit">Samples after which it has enough.</param>
/// <param name="where">Which samples are wanted; null for all.</param>
internal sealed class TapSession(string stage, int limit, Predicate? where)
{
    /// <summary>The most samples that can be asked for.</summary>
    public const int MostSamples = 10_000;

    // What a listener may be behind. More would be memory for somebody who does not listen.
    private const int Room = 1024;

    // Of one text; a sample is to be looked at.
    private const int LongestText = 4096;

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(Room) { SingleReader = true }
    );
    private readonly Evaluator? _wants = where is null ? null : new Evaluator(where);
    private readonly Lock _filling = new();
    private int _left = limit;
    private long _lost;

    public string Stage { get; } = stage;

    /// <summary>Samples that the listener was too slow for.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Ends when the limit is reached.</summary>
    public ChannelReader<byte[]> Lines => _lines.Reader;

    /// <summary>Whether it wants more.</summary>
    public bool IsOpen => Volatile.Read(ref _left) > 0;

    /// <summary>Takes samples of a batch that came out of the pure stages.</summary>
    public void Take(RawBatch raw, ObservationBatch batch)
    {
        if (Stage == "read")
        {
            for (var record = 0; record < raw.Count && IsOpen; record++)
            {
                Offer(
                    new TapSample("out", raw.Position(record))
                    {
                        Source = batch.DeclaredSource,
                        Record = RawBatch.TextOf(raw.Record(record), LongestText),
                    }
                );
            }
        }

        foreach (var rejection in batch.Rejections)
        {
            if (StageModule.name(rejection.Stage) == Stage)
            {
                Offer(
                    new TapSample("rejected", rejection.Position)
                    {
                        Source = batch.DeclaredSource,
                        Value = rejection.Value,
                        Code = rejection.Code,
                        Reason = rejection.Message,
                    }
                );
            }
        }

        if (Stage is "map" or "normalise" or "screen")
        {
            TakeScreened(batch);
            TakePassed(batch);
        }
    }

    /// <summary>Offers one sample; lost where the listener is behind.</summary>
    public void Offer(TapSample sample)
    {
        // A pipeline's reader and its store are two tasks.
        lock (_filling)
        {
            if (_left == 0 || !Wants(sample))
            {
                return;
            }

            if (!_lines.Writer.TryWrite(sample.ToJson(Stage)))
            {
                Interlocked.Increment(ref _lost);
            }
            else if (--_left == 0)
            {
                _lines.Writer.TryComplete();
            }
        }
    }

    // A condition of the mapping says no before the others come to see a value.
    private void TakeScreened(ObservationBatch batch)
    {
        foreach (var screening in batch.Screenings)
        {
            var byMap = screening.List is "when" or "type_from";
            if (byMap == (Stage == "map"))
            {
                Offer(
                    new TapSample(Stage == "normalise" ? "out" : "screened", screening.Position)
                    {
                        Source = screening.Source,
                        Type = ScreeningModule.typeName(screening),
                        Value = screening.Value,
                        Code = screening.Code,
                        Reason = $"{screening.List}: {screening.Entry}",
                    }
                );
            }
        }
    }

    private void TakePassed(ObservationBatch batch)
    {
        for (var row = 0; row < batch.Count && IsOpen; row++)
        {
            Offer(
                new TapSample("out", new Position(batch.Uri, batch.Line[row], batch.Offset[row]))
                {
                    Source = batch.Source[row],
                    Type = ObservableTypeModule.name(batch.Type[row]),
                    Value = Encoding.UTF8.GetString(batch.Value[row]),
                    Confidence = batch.Confidence[row],
                    Tlp = TlpModule.name(batch.Tlp[row]),
                }
            );
        }
    }

    private bool Wants(TapSample sample)
    {
        if (_wants is null)
        {
            return true;
        }

        var row = new FieldRow();
        if (sample.Type.Length > 0)
        {
            row.With(TextField.Type, sample.Type);
        }

        if (sample.Value.Length > 0)
        {
            row.With(TextField.Value, sample.Value);
        }

        if (sample.Tlp.Length > 0)
        {
            row.With(TextField.Tlp, sample.Tlp);
        }

        if (sample.Confidence is { } confidence)
        {
            row.With(NumberField.Confidence, confidence);
        }

        if (sample.Source.Length > 0)
        {
            row.With(ListField.Sources, [sample.Source]);
        }

        return _wants.Selects(row);
    }
}

/// <summary>What passed a boundary, or did not. What is empty is not known there.</summary>
/// <param name="Decision">`out`, `rejected`, `screened`; behind the store `added`, `changed`, `withdrawn`.</param>
/// <param name="At">Where it stands in its source; null behind the store.</param>
internal sealed record TapSample(string Decision, Position? At)
{
    public string Source { get; init; } = "";

    /// <summary>The record as it was read.</summary>
    public string Record { get; init; } = "";
    public string Type { get; init; } = "";
    public string Value { get; init; } = "";
    public byte? Confidence { get; init; }
    public string Tlp { get; init; } = "";

    /// <summary>Of a rejection or screening.</summary>
    public string Code { get; init; } = "";
    public string Reason { get; init; } = "";

    /// <summary>One line, with its end.</summary>
    public byte[] ToJson(string stage)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("stage", stage);
            json.WriteString("decision", Decision);
            Write(json, "source", Source);
            if (At is { } position)
            {
                json.WriteString("uri", position.Uri);
                json.WriteNumber("line", position.Line);
                json.WriteNumber("byte_offset", position.Offset);
            }

            Write(json, "record", Record);
            Write(json, "type", Type);
            Write(json, "value", Value);
            if (Confidence is { } confidence)
            {
                json.WriteNumber("confidence", confidence);
            }

            Write(json, "tlp", Tlp);
            Write(json, "code", Code);
            Write(json, "reason", Reason);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }
}
