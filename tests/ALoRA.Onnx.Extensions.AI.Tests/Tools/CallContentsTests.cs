using System.Text.Json;
using ALoRA.Onnx.Extensions.AI.Tools;

namespace ALoRA.Onnx.Extensions.AI.Tests.Tools;

/// <summary>Calls as content, and their ids.</summary>
[TestClass]
public sealed class CallContentsTests
{
    private static readonly JsonElement None = JsonElement.Parse("{}");

    [TestMethod]
    public void Of_CallsWithAndWithoutIds_GivesEachItsOwn()
    {
        CallContents contents = new();
        FunctionCallContent[] calls =
        [
            contents.Of(new ToolCallPart("add", JsonElement.Parse("""{"a": 1}"""), "mine")),
            contents.Of(new ToolCallPart("add", None, null)),
            contents.Of(new ToolCallPart("add", None, "mine")),
        ];
        Assert.AreEqual("mine", calls[0].CallId);
        Assert.AreEqual("1", calls[0].Arguments!["a"]!.ToString());
        Assert.AreEqual(9, calls[1].CallId.Length);
        Assert.AreEqual(9, calls[2].CallId.Length);
        Assert.AreEqual(3, calls.DistinctBy(call => call.CallId).Count());
        Assert.IsTrue(calls.All(call => call is { Exception: null, InformationalOnly: false }));
    }

    [TestMethod]
    public void Of_UnreadableCall_IsACallOnlyWithAName()
    {
        CallContents contents = new();
        FunctionCallContent call = (FunctionCallContent)contents.Of(new UnreadableCallPart("{", "It is cut.", "add", IsCut: true));
        Assert.AreEqual("add", call.Name);
        Assert.IsTrue(call.InformationalOnly);
        Assert.AreEqual("The model wrote a tool call that can't be read: {", call.Exception!.Message);
        ErrorContent error = (ErrorContent)contents.Of(new UnreadableCallPart("{}", "It has no name.", null, IsCut: false));
        Assert.AreEqual("The model wrote a tool call that can't be read: {}", error.Message);
        Assert.AreEqual("It has no name.", error.Details);
    }

    [TestMethod]
    public void Fit_AnyId_IsNineLettersOrDigitsAndStable()
    {
        Assert.AreEqual("abcDEF123", ToolCallId.Fit("abcDEF123"));
        string fitted = ToolCallId.Fit("call_0123456789");
        Assert.AreEqual(fitted, ToolCallId.Fit("call_0123456789"));
        Assert.AreNotEqual(fitted, ToolCallId.Fit("call_0123456788"));
        Assert.IsTrue(fitted.Length == 9 && fitted.All(char.IsAsciiLetterOrDigit));
    }
}
