using Slipway.Assistant.Answers;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Classification;
using Slipway.Assistant.Collections;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Costs;
using Slipway.Assistant.Documents;
using Slipway.Assistant.Embeddings;
using Slipway.Assistant.Feedback;
using Slipway.Assistant.Http;
using Slipway.Assistant.Models;
using Slipway.Assistant.OpenAi;
using Slipway.Assistant.RequestPath;
using Slipway.Assistant.Records;
using Slipway.Assistant.Search;
using Slipway.Assistant.Telemetry;
using Slipway.Assistant.Warming;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Errors;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddBudgets();
builder.AddPeers();
builder.AddReleases();
builder.AddCorpora();
builder.AddModelCatalog();
builder.AddCosts();
builder.AddRequestTelemetry();
builder.AddRecords();
builder.AddAnswerPath();
builder.AddCacheWarming();
builder.AddRequestLimits();

var app = builder.Build();

app.UseErrorShape();
app.MapDefaultEndpoints();
app.MapChatCompletionsApi();
app.MapAnswersApi();
app.MapEmbeddingsApi();
app.MapClassifyApi();
app.MapSearchApi();
app.MapModelsApi();
app.MapDocumentsApi();
app.MapCollectionsApi();
app.MapFeedbackApi();

app.Run();
