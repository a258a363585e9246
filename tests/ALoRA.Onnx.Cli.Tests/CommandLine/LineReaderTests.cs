using System.Text;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.CommandLine;

[TestClass]
public sealed class LineReaderTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("", new string[0])]
    [DataRow("a", new[] { "a" })]
    [DataRow("a\n", new[] { "a" })]
    [DataRow("a\r\nb\r\n", new[] { "a", "b" })]
    [DataRow("\n\na", new[] { "", "", "a" })]
    [DataRow("a\rb\n", new[] { "a\rb" })]
    [DataRow("\uFEFFa\n\uFEFFb", new[] { "a", "\uFEFFb" })]
    public async Task ReadAsync_Text_GivesLines(string text, string[] expected) =>
        CollectionAssert.AreEqual(expected, await ReadAllAsync(Encoding.UTF8.GetBytes(text), int.MaxValue));

    [TestMethod]
    public async Task ReadAsync_AnyChunks_GivesTheLinesThatSplitGives()
    {
        Random random = new(7);
        for (int round = 0; round < 50; round++)
        {
            string[] lines = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => new string('x', random.Next(0, 40_000)))];
            byte[] bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");

            CollectionAssert.AreEqual(lines, await ReadAllAsync(bytes, random.Next(1, 9_000)));
        }
    }

    [TestMethod]
    public async Task ReadAsync_Cancelled_DoesNotWaitForInput()
    {
        using CancellationTokenSource cancellation = new();
        SilentStream input = new();
        Task reading = new LineReader(input).ReadAsync(cancellation.Token);
        await input.IsRead.WaitAsync(HangGuard.Limit);
        await cancellation.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => reading.WaitAsync(HangGuard.Limit));
    }

    private async Task<List<string>> ReadAllAsync(byte[] bytes, int chunkSize)
    {
        LineReader reader = new(new ChunkedStream(bytes, chunkSize));
        List<string> lines = [];
        while (await reader.ReadAsync(TestContext.CancellationToken) is { } line)
        {
            lines.Add(Encoding.UTF8.GetString(line.Span));
        }

        return lines;
    }

    private sealed class ChunkedStream(byte[] bytes, int chunkSize) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunkSize, buffer.Length)], cancellationToken);
    }

    private sealed class SilentStream : MemoryStream
    {
        private readonly TaskCompletionSource _isRead = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Ends as soon as somebody waits for input.</summary>
        public Task IsRead => _isRead.Task;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _isRead.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
