namespace ALoRA.Onnx.Architecture.Tests;

[TestClass]
public sealed class LogEventsTests
{
    [TestMethod]
    public void Of_EveryFormOfTheAttribute_IdRead()
    {
        IReadOnlyList<(int? Id, string Place)> events = Events(
            """
            using Microsoft.Extensions.Logging;
            static partial class Log
            {
                const int First = 3;
                [LoggerMessage(First, LogLevel.Information, "a")] static partial void A(ILogger logger);
                [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "b")] static partial void B(ILogger logger);
                [LoggerMessage(level: LogLevel.Information, message: "c", eventId: 5)] static partial void C(ILogger logger);
                [Microsoft.Extensions.Logging.LoggerMessageAttribute(LogLevel.Information, "d")] static partial void D(ILogger logger);
            }
            """);
        CollectionAssert.AreEqual(new int?[] { 3, 4, 5, null }, events.Select(entry => entry.Id).ToArray());
        Assert.AreEqual("Log.cs(5)", events[0].Place);
    }

    [TestMethod]
    public void Broken_IdTwiceAndIdMissing_Named() => CollectionAssert.AreEqual(
        new[] { "C.cs(3): no event id", "event id 7: A.cs(1), B.cs(2)" },
        LogEvents.Broken([(7, "A.cs(1)"), (8, "A.cs(2)"), (7, "B.cs(2)"), (null, "C.cs(3)")]).ToArray());

    private static IReadOnlyList<(int? Id, string Place)> Events(string text) =>
        LogEvents.Of(Compilations.Of("House", [new SourceFile("Log.cs", text)]));
}
