namespace ALoRA.Onnx.EndToEnd.Tests.Documents;

/// <summary>The C# of the README and of the pages: complete programs that compile as they are printed.</summary>
[TestClass]
[DoNotParallelize]
public sealed class SnippetTests
{
    public static IEnumerable<string[]> Names => DocumentSnippet.All.Select(snippet => new[] { snippet.Name });

    [TestMethod]
    public void Snippets_OfAllDocuments_HaveNamesThatOccurOnce()
    {
        string[] unnamed = [.. DocumentSnippet.All.Where(snippet => snippet.Name.Length == 0).Select(snippet => snippet.Document)];
        Assert.IsEmpty(unnamed, "Put a line <!-- snippet: NAME --> before each C# block.");
        CollectionAssert.AllItemsAreUnique(DocumentSnippet.All.Select(snippet => snippet.Name).ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Snippet_AsPrinted_Compiles(string name) => Assert.IsEmpty(SnippetProgram.Problems(DocumentSnippet.Named(name)));

    [TestMethod]
    public void Snippet_WithoutAUsing_DoesNotCompile()
    {
        DocumentSnippet snippet = DocumentSnippet.Named("ask");
        string without = snippet.Code.Replace("using ALoRA.Onnx;\n", "", StringComparison.Ordinal);
        Assert.IsNotEmpty(SnippetProgram.Problems(snippet with { Code = without }));
    }

    [TestMethod]
    public async Task Snippets_ThatPrint_SayWhatTheyShould()
    {
        using RepositoryLikeFolder folder = await RepositoryLikeFolder.EnterAsync();
        Assert.MatchesRegex(@"^47 \+ 38 = 85\. 9\d\s?% sure, 31 tokens reused\.$", await RunAsync("ask"));
        string[] lines = (await RunAsync("rag")).Split('\n');
        Assert.HasCount(4, lines);
        Assert.StartsWith("answerability: answerable (", lines[1]);
        Assert.StartsWith("jailbreak: N (", lines[2]);
        Assert.StartsWith("Mia is 81 years old. (", lines[3]);
        Assert.AreEqual("13 of 18 tokens: Mia is 81 years old. Mia lives in Cairo.", await RunAsync("tokenizer"));
        Assert.AreEqual("18 tokens of prompt, 8 of text", await RunAsync("count"));
        Assert.MatchesRegex(@"^47 \+ 38 = 85\. \(9\d\s?% sure\)$", await RunAsync("chat"));
        Assert.EndsWith("granite: 6,623,488 parameters", await RunAsync("export"));
        Assert.IsTrue(File.Exists(Path.Combine("onnx-models", "demo-int4", "model.onnx")));
        string answer = await RunAsync("trigrams");
        string[] words = answer.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.IsGreaterThan(3, words.Length, answer);
    }

    private static async Task<string> RunAsync(string name)
    {
        using SnippetProgram program = SnippetProgram.Of(DocumentSnippet.Named(name));
        return await program.RunAsync();
    }
}
