// What a request carries: the records in the declared form, packed where declared, and the headers that make a repeat recognisable and prove
// who sends.

using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Cti.Core.Declare;

namespace Cti.Host.Delivery.Http;

internal static class HttpBody
{
    private const string SecretMark = "whsec_";

    /// <summary>The body in its form, not packed.</summary>
    public static ReadOnlyMemory<byte> Form(DeliveryBatch batch, BodyForm form)
    {
        if (form.IsNdjson)
        {
            return batch.Body;
        }

        var body = new ArrayBufferWriter<byte>(batch.Body.Length + 2);
        body.Write(form.IsJsonArray ? "["u8 : []);
        for (var index = 0; index < batch.Count; index++)
        {
            body.Write(index > 0 ? ","u8 : []);
            var record = batch.Record(index).Span;
            body.Write(record is [.., (byte)'\n'] ? record[..^1] : record);
        }

        body.Write(form.IsJsonArray ? "]"u8 : []);
        return body.WrittenMemory;
    }

    /// <summary>As gzip.</summary>
    public static ReadOnlyMemory<byte> Pack(ReadOnlyMemory<byte> body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(body.Span);
        }

        return packed.ToArray();
    }

    /// <summary>The name of a batch: the same records make the same name at every attempt.</summary>
    public static string Name(DeliveryBatch batch)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var key in batch.Keys)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(key));
            hash.AppendData("\n"u8);
        }

        return "msg_" + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>`webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks 1.0.</summary>
    public static void Sign(
        HttpRequestHeaders headers,
        string name,
        DateTimeOffset now,
        ReadOnlyMemory<byte> body,
        string secret
    )
    {
        var time = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, KeyOf(secret));
        hash.AppendData(Encoding.UTF8.GetBytes($"{name}.{time}."));
        hash.AppendData(body.Span);
        headers.Add("webhook-id", name);
        headers.Add("webhook-timestamp", time);
        headers.TryAddWithoutValidation("webhook-signature", "v1," + Convert.ToBase64String(hash.GetHashAndReset()));
    }

    // `whsec_` and Base64, as Standard Webhooks writes keys; any other text is the key itself.
    private static byte[] KeyOf(string secret)
    {
        var bytes = new byte[secret.Length];
        return
            secret.StartsWith(SecretMark, StringComparison.Ordinal)
            && Convert.TryFromBase64String(secret[SecretMark.Length..], bytes, out var count)
            ? bytes[..count]
            : Encoding.UTF8.GetBytes(secret);
    }
}
