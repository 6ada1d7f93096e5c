// A file as an endpoint: what is acknowledged stands, what stands behind it after a crash does not.

using System.Text;
using Cti.Host.Delivery;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Delivery;

public sealed class FileTransportTests : IDisposable
{
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    private static DeliveryBatch Batch(byte[] bytes) => new(bytes, [bytes.Length], ["key"]);

    private static string Receipt(SendOutcome outcome) => Assert.IsType<Delivered>(outcome).Receipt;

    [Fact]
    public async Task Batches_of_any_size_stand_in_the_file_byte_by_byte()
    {
        var random = new Random(7);
        var expected = new MemoryStream();
        var receipt = "";
        for (var life = 0; life < 4; life++)
        {
            await using var transport = new FileTransport(_work.PathOf("out/f"));
            receipt = Receipt(await transport.OpenAsync(receipt, default));
            foreach (var size in new[] { 1, 4095, 4096, 4097, 70_000, 1_048_576, 2_500_001, random.Next(1, 100_000) })
            {
                var bytes = new byte[size];
                random.NextBytes(bytes);
                expected.Write(bytes);
                receipt = Receipt(await transport.SendAsync(Batch(bytes), default));
                Assert.Equal($"bytes:{expected.Length}", receipt);
            }
        }

        Assert.Equal(expected.ToArray(), await File.ReadAllBytesAsync(_work.PathOf("out/f")));
    }

    [Fact]
    public async Task What_a_crash_left_behind_the_acknowledged_length_is_cut_off()
    {
        _work.Write("f", "acknowledged\nhalf a li");
        await using (var transport = new FileTransport(_work.PathOf("f")))
        {
            Receipt(await transport.OpenAsync("bytes:13", default));
            Receipt(await transport.SendAsync(Batch(Encoding.UTF8.GetBytes("next\n")), default));
        }

        Assert.Equal("acknowledged\nnext\n", _work.Read("f"));
    }

    [Fact]
    public async Task What_was_there_before_the_first_time_is_kept()
    {
        _work.Write("f", "somebody else's\n");
        await using (var transport = new FileTransport(_work.PathOf("f")))
        {
            Assert.Equal("bytes:16", Receipt(await transport.OpenAsync("", default)));
        }

        Assert.Equal("somebody else's\n", _work.Read("f"));
    }

    [Fact]
    public async Task A_file_that_was_rotated_away_begins_anew()
    {
        await using (var transport = new FileTransport(_work.PathOf("f")))
        {
            Receipt(await transport.OpenAsync("bytes:5000", default));
            Receipt(await transport.SendAsync(Batch(Encoding.UTF8.GetBytes("new\n")), default));
        }

        Assert.Equal("new\n", _work.Read("f"));
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_told_with_its_path()
    {
        _work.Write("file", "");
        await using var transport = new FileTransport(_work.PathOf("file/f"));

        var fault = Assert.IsType<NotDelivered>(await transport.OpenAsync("", default));

        Assert.Equal((FailureKind.Misconfigured, "CTI-SINK-001"), (fault.Kind, fault.Code));
        Assert.Contains("file/f cannot be written", fault.Message, StringComparison.Ordinal);
    }
}
