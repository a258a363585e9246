using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Tests.Shared;

[TestClass]
public sealed class OwnedPlaceTests
{
    private const int Writers = 4;
    private const int Rounds = 250;

    /// <summary>
    /// Between a file's making and its locking there is a moment in which who tidies up takes it for one without an owner.
    /// </summary>
    [TestMethod]
    public async Task Sweep_WhileOthersTakePlaces_DeletesNothingOfTheirs()
    {
        using TemporaryFolder folder = new();
        int missing = 0;
        Task writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                using OwnedPlace place = OwnedPlace.Take(folder[$"file-{writer}"]);
                File.WriteAllText(place.Partial, "x");
                OwnedPlace.Sweep(folder.Path);
                Interlocked.Add(ref missing, File.Exists(place.Partial) ? 0 : 1);
                File.Delete(place.Partial);
            }
        })));
        await writing;

        Assert.AreEqual(0, missing);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }
}
