namespace ALoRA.Onnx.Training.Tests;

/// <summary>A copy of the demo's export without its adapters, and rows to train on.</summary>
internal sealed class TrainingFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The model folder, of the test's own.</summary>
    public string Model => _folder["model"];

    public string this[params ReadOnlySpan<string> parts] => _folder[parts];

    public static async Task<TrainingFolder> CreateAsync()
    {
        string demo = await DemoModel.FolderAsync();
        TrainingFolder folder = new();
        Directory.CreateDirectory(folder.Model);
        foreach (string file in Directory.EnumerateFiles(demo))
        {
            File.Copy(file, Path.Combine(folder.Model, Path.GetFileName(file)));
        }

        return folder;
    }

    /// <summary>A file of rows: whether a question has the word cat.</summary>
    public string Data(int rows, string name = "data.jsonl")
    {
        string[] animals = ["cat", "dog", "cow"];
        File.WriteAllLines(_folder[name], Enumerable.Range(0, rows).Select(i =>
            $$"""{"messages": [{"role": "user", "content": "Say number {{i}} {{animals[i % 3]}}."}], """
            + $$"""  "completion": "{{(i % 3 == 0 ? "Y" : "N")}}"}"""));
        return _folder[name];
    }

    public void Dispose() => _folder.Dispose();
}
