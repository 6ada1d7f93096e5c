// Records, each an envelope that can be understood alone, put together into envelopes for one request each: what several refer to stands in it once, before
// them. Pure.

using System.Buffers;
using System.Text.Json;
using Cti.Host.Net.Taxii;

namespace Cti.Host.Delivery.Taxii;

/// <summary>The envelope of one request (TAXII 2.1, section 3.7).</summary>
/// <param name="Body">`{"objects":[…]}`.</param>
/// <param name="Own">By id: the records whose own object it is, with the version each gives it.</param>
internal sealed record TaxiiParcel(
    ReadOnlyMemory<byte> Body,
    IReadOnlyDictionary<string, List<(int Record, string Version)>> Own
);

/// <summary>What a batch comes to.</summary>
/// <param name="Parcels">In the batch's order.</param>
/// <param name="TooLarge">Records that no request may carry.</param>
internal sealed record TaxiiParcels(IReadOnlyList<TaxiiParcel> Parcels, IReadOnlyList<int> TooLarge)
{
    private static readonly byte[] Start = "{\"objects\":["u8.ToArray();
    private static readonly byte[] End = "]}"u8.ToArray();

    /// <summary>Packs a batch.</summary>
    /// <param name="batch">Its records are envelopes; the last object of each is what the record is about.</param>
    /// <param name="most">Bytes of one request.</param>
    public static TaxiiParcels Pack(DeliveryBatch batch, long most)
    {
        var packing = new Packing(most);
        for (var index = 0; index < batch.Count; index++)
        {
            using var line = JsonDocument.Parse(batch.Record(index));
            packing.Add(index, [.. line.RootElement.GetProperty("objects").EnumerateArray().Select(Item.Of)]);
        }

        packing.Close();
        return new TaxiiParcels(packing.Parcels, packing.TooLarge);
    }

    private readonly record struct Item(string Id, string Version, byte[] Bytes)
    {
        public static Item Of(JsonElement element) =>
            new(
                TaxiiText.Of(element, "id"),
                TaxiiText.Of(element, "modified") is { Length: > 0 } modified
                    ? modified
                    : TaxiiText.Of(element, "created"),
                System.Text.Encoding.UTF8.GetBytes(element.GetRawText())
            );
    }

    private sealed class Packing(long most)
    {
        private readonly HashSet<(string, string)> _inside = [];
        private ArrayBufferWriter<byte> _body = new(64 * 1024);
        private Dictionary<string, List<(int, string)>> _own = new(StringComparer.Ordinal);

        public List<TaxiiParcel> Parcels { get; } = [];

        public List<int> TooLarge { get; } = [];

        public void Add(int record, List<Item> items)
        {
            if (_own.Count > 0 && _body.WrittenCount + Length(items) + End.Length > most)
            {
                Close();
            }

            if (_own.Count == 0 && Start.Length + Length(items) + End.Length > most)
            {
                TooLarge.Add(record);
                return;
            }

            foreach (var item in items)
            {
                if (_inside.Add((item.Id, item.Version)))
                {
                    _body.Write(_body.WrittenCount == 0 ? Start : ","u8);
                    _body.Write(item.Bytes);
                }
            }

            var own = items[^1];
            if (!_own.TryGetValue(own.Id, out var records))
            {
                _own[own.Id] = records = [];
            }

            records.Add((record, own.Version));
        }

        public void Close()
        {
            if (_own.Count > 0)
            {
                _body.Write(End);
                Parcels.Add(new TaxiiParcel(_body.WrittenMemory, _own));
                _body = new ArrayBufferWriter<byte>(64 * 1024);
                _own = new Dictionary<string, List<(int, string)>>(StringComparer.Ordinal);
                _inside.Clear();
            }
        }

        // With a comma for each.
        private long Length(List<Item> items) =>
            items.Where(item => !_inside.Contains((item.Id, item.Version))).Sum(item => item.Bytes.Length + 1L);
    }
}
