using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Requests;
using ALoRA.Onnx.Server.Wire;

namespace ALoRA.Onnx.Server.Tests.Requests;

[TestClass]
public sealed class ConversationStartTests
{
    [TestMethod]
    public void Of_LaterTurns_IsTheSame()
    {
        string? first = Of(Message("system", "\"Be kind.\""), Message("user", "\"Hi\""));
        string? second = Of(
            Message("system", "\"Be kind.\""), Message("user", "\"Hi\""), Message("assistant", "\"Hello\""), Message("user", "\"Bye\""));
        Assert.AreEqual(first, second);
    }

    [TestMethod]
    public void Of_TextAsAPart_IsTheSame() => Assert.AreEqual(
        Of(Message("user", "\"Hi\"")), Of(Message("user", """[{"type": "text", "text": "Hi"}]""")));

    [TestMethod]
    public void Of_OtherSystemUserDocumentsOrTools_IsAnother()
    {
        string?[] all =
        [
            Of(Message("user", "\"Hi\"")),
            Of(Message("user", "\"Hi!\"")),
            Of(Message("system", "\"Be kind.\""), Message("user", "\"Hi\"")),
            ConversationStart.Of(null, [Message("user", "\"Hi\"")], [JsonNode.Parse("""{"text": "a"}""")], null)(),
            ConversationStart.Of(null, [Message("user", "\"Hi\"")], null, [new ToolBody { Function = new FunctionBody { Name = "f" } }])(),
            ConversationStart.Of("Hi", [Message("user", "\"Hi\"")], null, null)(),
        ];
        Assert.HasCount(all.Length, all.Distinct());
    }

    [TestMethod]
    public void Of_CacheKey_IsAllThatCounts()
    {
        Assert.AreEqual(
            ConversationStart.Of("k", [Message("user", "\"Hi\"")], null, null)(),
            ConversationStart.Of("k", [Message("user", "\"Bye\"")], null, null)());
        Assert.AreEqual(ConversationStart.Of("k", [], null, null)(), ConversationStart.Of("k")!());
        Assert.IsNull(ConversationStart.Of(null));
    }

    /// <summary>What is wrong with a message is told elsewhere.</summary>
    [TestMethod]
    public void Of_MalformedMessages_DoesNotFail()
    {
        Assert.IsNotNull(ConversationStart.Of(null, null, null, null)());
        Assert.IsNotNull(Of(null!, new MessageBody(), Message("user", "[null]"), Message("user", "5")));
    }

    private static string? Of(params MessageBody[] messages) => ConversationStart.Of(null, messages, null, null)();

    private static MessageBody Message(string role, string content) =>
        new() { Role = role, Content = JsonDocument.Parse(content).RootElement };
}
