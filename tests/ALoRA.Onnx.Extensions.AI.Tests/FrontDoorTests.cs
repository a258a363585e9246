#pragma warning disable IDE0005 // What a program has whose author reads the README; in this project one of them is global.
using ALoRA.Onnx;
using Microsoft.Extensions.AI;
#pragma warning restore IDE0005

#pragma warning disable IDE0130 // Outside of ALoRA.Onnx, within which its names need no using and win over those of others.
namespace FrontDoor;
#pragma warning restore IDE0130

/// <summary>The names of both libraries in one file with two usings and no alias: that it compiles is half of the test.</summary>
[TestClass]
public sealed class FrontDoorTests
{
    private const string Question = "Compute 17 + 25.";

    [TestMethod]
    public async Task ConversationAndChatClient_InOneFile_NeedNoAlias()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        List<PromptMessage> messages = [new(ChatRole.User.Value, Question)];
        await conversation.PromptAsync(messages);
        GenerationResult answer = await conversation.GenerateToEndAsync();

        using IChatClient client = new ALoRA.Onnx.Extensions.AI.AloraChatClient(model, new() { LeaveOpen = true })
            .AsBuilder().UseCertainty().Build();
        List<ChatMessage> chat = [new(ChatRole.User, Question)];
        ChatResponse response = await client.GetResponseAsync(chat);
        Assert.AreEqual("17 + 25 = 42.", answer.Text);
        Assert.AreEqual(answer.Text, response.Text);

        messages.Add(new(ChatRole.Assistant.Value, answer.Text));
        chat.AddMessages(response);
        await conversation.PromptAsync(messages, new PromptOptions { AddGenerationPrompt = false });
        Certainty certainty = await conversation.InvokeCertaintyAsync();
        Assert.IsInRange(0.0, 1.0, (double)certainty.Value);
        CollectionAssert.AreEqual(
            messages.ConvertAll(message => (message.Role, message.Content)),
            chat.ConvertAll(message => (message.Role.Value, message.Text)));
    }

    [TestMethod]
    public void PublicNames_OfBothNamespaces_AreNeverTheSame()
    {
        string[] own = [.. NamesIn("ALoRA.Onnx", typeof(AloraModel), typeof(HfTokenizer))];
        string[] theirs = [.. NamesIn("Microsoft.Extensions.AI", typeof(ChatMessage), typeof(ChatClientBuilder))];
        Assert.Contains(nameof(PromptMessage), own);
        Assert.Contains(nameof(ChatOptions), theirs);
        Assert.AreEqual("", string.Join(", ", own.Intersect(theirs)));
    }

    private static IEnumerable<string> NamesIn(string space, params Type[] types) => types
        .SelectMany(type => type.Assembly.GetExportedTypes())
        .Where(type => type.Namespace == space && !type.IsNested)
        .Select(type => type.Name);
}
