using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Server.Tests.Endpoints;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace ALoRA.Onnx.Server.Tests.Page;

/// <summary>What the page shows of requests that run; the pictures of the documentation are drawn here.</summary>
[TestClass]
public sealed class PageBatchTests
{
    /// <summary>A folder, into which the pictures are drawn if it is set.</summary>
    private const string Pictures = "ALORA_PAGE_PICTURES";

    [TestMethod]
    [DataRow("light", 1180)]
    [DataRow("dark", 1180)]
    [DataRow("dark", 400)]
    public async Task Batch_WhileRequestsRun_ShowsTheirRows(string colours, int width)
    {
        await using ApiServer server = await ApiServer.StartAsync(await DemoModel.FolderAsync());
        OpenedModel opened = server.Server.Services.GetRequiredService<ServedModel>().Current!;
        await using PageBrowser browser = await PageBrowser.OpenAsync(server.Address, new BrowserNewContextOptions
        {
            ColorScheme = colours == "dark" ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
        });
        await browser.Page.GetByLabel("Ask jailbreak about").SelectOptionAsync("question");
        await browser.AskAsync("What is 47 + 38?");
        using HeldAnswers held = new(answers: 3, tokens: 12);
        await using EngineAnswer first = held.Submit(opened, "What is 8 + 5?", adapter: null, tenant: null);
        await using EngineAnswer second = held.Submit(opened, "Compute 17 + 25.", "query_rewrite", tenant: null);
        await using EngineAnswer third = held.Submit(opened, "What is 8 + 5? It is 13.", "certainty", tenant: null);

        await browser.HasTextAsync("#batch-summary", "3 of 16 places taken, 0 waiting");
        await browser.HasTextAsync("#batch tbody tr:nth-child(3) td:nth-child(3)", "answers");

        ILocator rows = browser.Page.Locator("#batch tbody tr");
        string[] names = [.. await rows.Locator("td:nth-child(2)").AllInnerTextsAsync()];
        await DrawAsync(browser.Page, $"page-{colours}-{width}");
        held.Dispose();
        CollectionAssert.AreEqual(new[] { "(base)", "query_rewrite", "certainty" }, names);
        await browser.HasTextAsync("#batch tbody", "Nothing runs.");
        Assert.AreEqual("", string.Join('\n', browser.Errors));
    }

    private static async Task DrawAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(Pictures) is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
        }
    }
}
