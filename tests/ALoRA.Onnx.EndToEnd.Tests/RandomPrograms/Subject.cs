namespace ALoRA.Onnx.EndToEnd.Tests.RandomPrograms;

/// <summary>A conversation beside what it should be.</summary>
internal sealed class Subject(Conversation conversation)
{
    public Conversation Conversation { get; } = conversation;

    public List<int> Tokens { get; set; } = [];

    /// <summary>Null is the base model.</summary>
    public string? Adapter { get; set; }

    /// <summary>Index of the first token that the adapter computes.</summary>
    public int Activation { get; set; }

    public Subject Fork() => new(Conversation.Fork()) { Tokens = [.. Tokens], Adapter = Adapter, Activation = Activation };

    public void AssertSame(string what)
    {
        Assert.AreEqual(string.Join(' ', Tokens), string.Join(' ', Conversation.Tokens), $"{what}: the conversation's tokens");
        Assert.AreEqual(Tokens.Count, Conversation.Length, what);
        Assert.AreEqual(Adapter, Conversation.Adapter, $"{what}: the active adapter");
    }
}
