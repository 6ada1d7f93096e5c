// Takes a page (TAXII 2.1, section 3.7: `{ more, next, objects }`) apart as it streams by: what it says of paging, and its objects, byte by byte as they
// came, into a spooled document of its own. Memory is bounded by one object. What an object means is the reader's affair.

using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Cti.Host.Net;
using Cti.Host.Sources.Http;

namespace Cti.Host.Sources.Taxii;

/// <summary>What a page held.</summary>
/// <param name="Hashes">XxHash3 of each object's bytes, in order.</param>
/// <param name="Kept">How many were kept.</param>
/// <param name="Strangers">How many are of types that were not asked for.</param>
/// <param name="More">Whether the server says that there is more.</param>
/// <param name="Next">What to send back for more; null where it does not say.</param>
internal sealed record TaxiiContent(ulong[] Hashes, int Kept, int Strangers, bool More, string? Next);

/// <summary>One per page.</summary>
/// <param name="text">The page.</param>
/// <param name="isKnown">Whether an object of a hash was had before: it is not kept.</param>
/// <param name="types">The types that are kept; empty for all.</param>
/// <param name="target">Gets `{"objects":[…]}` with what is kept; nothing where nothing is.</param>
internal sealed class TaxiiEnvelope(
    TextContent text,
    Func<ulong, bool> isKnown,
    IReadOnlyList<string> types,
    SpoolFile target
)
{
    // An object larger than that is no object; the reader would reject it anyway.
    private const int LargestObject = 64 << 20;
    private const int LongestNext = 8 * 1024;

    private enum Place
    {
        Start,
        Members,
        Objects,
        End,
    }

    private readonly List<ulong> _hashes = [];
    private byte[] _bytes = new byte[64 * 1024];
    private int _length;
    private long _passed;
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = int.MaxValue });
    private Place _place = Place.Start;
    private int _kept;
    private int _strangers;
    private bool? _more;
    private string? _next;
    private bool _hasObjects;
    private string _problem = "";

    /// <summary>Reads the page to its end.</summary>
    /// <exception cref="HttpFault">It is cut short: the next attempt may bring it whole.</exception>
    /// <exception cref="EnvelopeException">It is no page.</exception>
    public TaxiiContent Read()
    {
        while (_place != Place.End)
        {
            if (Fill() == 0)
            {
                throw HttpFault.CutShort(_passed + _length, null);
            }

            Advance();
        }

        if (_kept > 0)
        {
            target.Write("\n]}\n"u8);
        }

        if (!_hasObjects && _problem.Length > 0)
        {
            throw new EnvelopeException($"the server sends an error with status 200: {_problem}");
        }

        return new TaxiiContent([.. _hashes], _kept, _strangers, _more ?? _next is not null, _next);
    }

    private int Fill()
    {
        if (_bytes.Length - _length < _bytes.Length / 2)
        {
            if (_bytes.Length >= LargestObject)
            {
                throw new EnvelopeException($"an object is longer than {LargestObject >> 20} MiB");
            }

            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        var count = TaxiiBody.Read(text, _bytes.AsSpan(_length));
        _length += count;
        return count;
    }

    private void Advance()
    {
        try
        {
            var reader = new Utf8JsonReader(_bytes.AsSpan(0, _length), isFinalBlock: false, _state);
            while (_place != Place.End && Step(ref reader)) { }

            _state = reader.CurrentState;
            var consumed = (int)reader.BytesConsumed;
            _bytes.AsSpan(consumed, _length - consumed).CopyTo(_bytes);
            _length -= consumed;
            _passed += consumed;
        }
        catch (JsonException error)
        {
            throw new EnvelopeException(
                $"the page is no JSON (line {(error.LineNumber ?? 0) + 1}, byte {error.BytePositionInLine ?? 0} of it)"
            );
        }
    }

    // One whole step, or none where its bytes are not all here.
    private bool Step(ref Utf8JsonReader reader)
    {
        var before = reader;
        var isWhole = _place switch
        {
            Place.Start => Start(ref reader),
            Place.Members => Member(ref reader),
            _ => Object(ref reader),
        };
        if (!isWhole)
        {
            reader = before;
        }

        return isWhole;
    }

    private bool Start(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            return false;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new EnvelopeException("the page is no TAXII envelope: it does not begin with an object");
        }

        _place = Place.Members;
        return true;
    }

    private bool Member(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            return false;
        }

        if (reader.TokenType == JsonTokenType.EndObject)
        {
            _place = Place.End;
            return true;
        }

        var isObjects = reader.ValueTextEquals("objects"u8);
        var isMore = reader.ValueTextEquals("more"u8);
        var isNext = reader.ValueTextEquals("next"u8);
        var isProblem = reader.ValueTextEquals("title"u8) || reader.ValueTextEquals("error_code"u8);
        if (!reader.Read())
        {
            return false;
        }

        if (isObjects && reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.Null))
        {
            throw new EnvelopeException("the page is no TAXII envelope: `objects` is no list");
        }

        if (isObjects)
        {
            _hasObjects = true;
            _place = reader.TokenType == JsonTokenType.StartArray ? Place.Objects : Place.Members;
            return true;
        }

        if (isMore)
        {
            _more = reader.TokenType == JsonTokenType.True;
        }
        else if (isNext)
        {
            _next = Next(ref reader);
        }
        else if (isProblem && reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
        {
            _problem = ProblemWords.Shown(Encoding.UTF8.GetString(reader.ValueSpan));
        }

        return reader.TrySkip();
    }

    private bool Object(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            return false;
        }

        if (reader.TokenType == JsonTokenType.EndArray)
        {
            _place = Place.Members;
            return true;
        }

        var start = (int)reader.TokenStartIndex;
        if (!reader.TrySkip())
        {
            return false;
        }

        Keep(_bytes.AsSpan(start, (int)reader.BytesConsumed - start));
        return true;
    }

    private void Keep(ReadOnlySpan<byte> one)
    {
        var hash = XxHash3.HashToUInt64(one);
        _hashes.Add(hash);
        if (types.Count > 0 && !HasType(one))
        {
            _strangers++;
        }
        else if (!isKnown(hash))
        {
            target.Write(_kept == 0 ? "{\"objects\":[\n"u8 : ",\n"u8);
            target.Write(one);
            _kept++;
        }
    }

    // What has no type is kept: the reader says what is wrong with it.
    private bool HasType(ReadOnlySpan<byte> one)
    {
        var reader = new Utf8JsonReader(one, new JsonReaderOptions { MaxDepth = int.MaxValue });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return true;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                foreach (var type in types)
                {
                    if (reader.ValueTextEquals(type))
                    {
                        return true;
                    }
                }

                return false;
            }

            reader.Skip();
        }

        return true;
    }

    private static string? Next(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
        {
            return null;
        }

        if (reader.ValueSpan.Length > LongestNext)
        {
            throw new EnvelopeException($"`next` is longer than {LongestNext} bytes");
        }

        // Some servers count pages, and forget the quotes.
        var next =
            reader.TokenType == JsonTokenType.Number ? Encoding.UTF8.GetString(reader.ValueSpan) : TextOf(ref reader);
        return next.Length > 0 ? next : null;
    }

    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            throw new EnvelopeException("`next` is no text");
        }
    }
}

/// <summary>An answer that is no page, and will be none the next time; in words.</summary>
internal sealed class EnvelopeException(string message) : Exception(message);
