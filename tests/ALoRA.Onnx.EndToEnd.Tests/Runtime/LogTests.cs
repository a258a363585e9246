using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Which messages operations write, by their event ids.</summary>
[TestClass]
public sealed class LogTests
{
    private static readonly PromptMessage[] Messages = [new("user", "What is 7 + 5?")];
    private static readonly InvocationOptions Options = new() { Generation = new GenerationOptions { MaxNewTokens = 2 } };

    [TestMethod]
    public async Task Operations_OneAfterAnother_LogTheirEventsOnceEach()
    {
        using RecordingLogger log = new();
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { LoggerFactory = log });
        CollectionAssert.AreEqual(new[] { 2, 1 }, log.Take());

        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Messages);
        CollectionAssert.AreEqual(new[] { 20 }, log.Take());

        await conversation.GenerateToEndAsync(Options.Generation);
        CollectionAssert.AreEqual(new[] { 21 }, log.Take());

        await conversation.InvokeAsync("certainty", Options);
        CollectionAssert.AreEqual(new[] { 10, 30, 13, 22 }, log.Take());

        await conversation.InvokeAllAsync([new("certainty", Options), new("certainty", Options)]);
        CollectionAssert.AreEqual(new[] { 22, 22 }, log.Take());

        JsonObject request = new IntrinsicRequest { Messages = Messages }.ToJson();
        request["max_tokens"] = 2;
        await conversation.InvokeAsync(model.OpenIntrinsic("certainty"), request);
        CollectionAssert.AreEqual(new[] { 22 }, log.Take());

        model.Adapters.Unload("certainty");
        CollectionAssert.AreEqual(new[] { 11 }, log.Take());
    }

    private sealed class RecordingLogger : ILoggerFactory, ILogger
    {
        private readonly List<int> _ids = [];

        /// <summary>Ids since the last call.</summary>
        public int[] Take()
        {
            int[] ids = [.. _ids];
            _ids.Clear();
            return ids;
        }

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _ids.Add(eventId.Id);

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
