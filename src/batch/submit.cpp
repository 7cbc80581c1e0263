#include "toyfarm/batch/submit.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>

#include <nlohmann/json.hpp>

#include "toyfarm/batch/quoting.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/io/json_members.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/os/lock.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/utc.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;
using core::ExitCode;

constexpr char const* submit_schema = "nextstat.pf32_htcondor_submit_meta.v1";

std::string text_of(Json const& value) {
  return value.is_null() ? "" : value.get<std::string>();
}

/// The old launcher has a number here.
Json number_or_null(std::string const& id) {
  std::uint64_t n = 0;
  auto const [end, error] = std::from_chars(id.data(), id.data() + id.size(), n);
  return !id.empty() && error == std::errc() && end == id.data() + id.size() ? Json(n)
                                                                             : Json(nullptr);
}

Json json_of(Submission const& one) {
  return {{"created_at_utc", one.created_at_utc},
          {"finished_at_utc", io::text_or_null(one.finished_at_utc)},
          {"submit_file", one.submit_file},
          {"mark", one.mark},
          {"job_id", io::text_or_null(one.job_id)},
          {"cluster_id", number_or_null(one.job_id)},
          {"state", one.job_id.empty() ? "intent" : "submitted"}};
}

Submission submission_of(Json const& json) {
  return {json.at("created_at_utc").get<std::string>(),
          text_of(json.at("finished_at_utc")),
          json.at("submit_file").get<std::string>(),
          json.at("mark").get<std::string>(),
          text_of(json.at("job_id"))};
}

std::string name_of_program(RenderedRun const& run) {
  return run.scheduler == Scheduler::slurm ? "sbatch" : "condor_submit";
}

std::string submit_file(RenderedRun const& run, Files files) {
  if (run.scheduler == Scheduler::slurm) {
    return run.mode == Mode::mpi ? "slurm_mpi_job.sh" : "slurm_array_job.sh";
  }
  return files == Files::shared ? "condor_job.sub" : "condor_job_transfer.sub";
}

/// What submits the run under a mark.
std::vector<std::string> words_of(RenderedRun const& run, Submission const& submission) {
  auto const file = run.directory / submission.submit_file;
  if (run.scheduler == Scheduler::slurm) {
    return {"sbatch", "--parsable", "--comment=" + comment_of(submission.mark), file.string()};
  }
  std::vector<std::string> words{"condor_submit", "-terse"};
  auto const attribute = classad_string("mark of a run", submission.mark);
  if (os::read_if_there(file).value_or("").find("ToyfarmRun = " + attribute) == std::string::npos) {
    words.insert(words.end(), {"-append", "+ToyfarmRun = " + attribute});
  }
  words.push_back(file.string());
  return words;
}

[[noreturn]] void stop(std::string const& message) {
  throw core::Error(ExitCode::stopped, message);
}

/// Files that a job leaves when it begins.
bool has_begun(RenderedRun const& run) {
  std::error_code error;
  if (run.mode == Mode::mpi) {
    return fs::exists(run.directory / mpi_run_name, error);
  }
  for (auto const& entry : fs::directory_iterator(run.directory, error)) {
    auto const name = entry.path().filename().string();
    if (name.starts_with("shard_") && name.ends_with(".host")) {
      return true;
    }
  }
  return false;
}

class Submitter {
 public:
  Submitter(RenderedRun const& run, RunCommand const& command)
      : run_(run),
        command_(command),
        queue_(run.scheduler, command),
        lock_(run.directory / ".submit.lock"),
        all_(read_submissions(run)) {
    if (!lock_.is_held()) {
      stop(run.directory.string() + ": another process is submitting this run");
    }
  }

  SubmitResult run(Files files, Again again) {
    if (!all_.empty() && again == Again::no) {
      if (!all_.back().job_id.empty()) {
        return {all_.back().job_id, SubmitResult::How::before};
      }
      if (auto const id = job_of_intent(); !id.empty()) {
        return {id, SubmitResult::How::found};
      }
      all_.pop_back();
    }
    Submission next{os::utc_now(), "", submit_file(run_, files), run_.uuid, ""};
    std::error_code error;
    if (!fs::is_regular_file(run_.directory / next.submit_file, error)) {
      throw core::RuntimeFailure(ExitCode::no_input,
                                 (run_.directory / next.submit_file).string() +
                                     ": there is no such file; render the run again");
    }
    if (!all_.empty()) {  // two jobs of one mark could not be told apart
      next.mark.append(".").append(std::to_string(all_.size() + 1));
    }
    all_.push_back(next);
    write_submissions(run_, all_);
    return {submit_newest(), SubmitResult::How::submitted};
  }

 private:
  /// The id of the newest submission, whose answer may have been lost; empty when the queue says
  /// that there is no such job.
  std::string job_of_intent() {
    auto const found = queue_.find(all_.back().mark);
    if (!found.answered) {
      stop(run_.directory.string() +
           ": an earlier submission has no job id, and the queue does not say whether its job is "
           "there: " +
           found.why + "; nothing was submitted. Try again later, or use --force");
    }
    if (found.id.empty() && has_begun(run_)) {
      stop(run_.directory.string() +
           ": an earlier submission has no job id and the queue knows no such job, but shards have "
           "begun here; nothing was submitted. See what `toyfarm collect` says, and use --force to "
           "run what is missing");
    }
    if (!found.id.empty()) {
      record(found.id);
    }
    return found.id;
  }

  std::string submit_newest() {
    auto const program = name_of_program(run_);
    auto const answer = command_(words_of(run_, all_.back()), run_.directory);
    if (!answer.could_not_start.empty()) {
      all_.pop_back();
      write_submissions(run_, all_);
      throw core::RuntimeFailure(
          ExitCode::no_input,
          answer.could_not_start + "; nothing was submitted. Submit on a machine that has it");
    }
    auto id = answer.ok() ? job_id_in(run_.scheduler, answer.out) : "";
    if (id.empty()) {
      id = queue_.find(all_.back().mark).id;  // the job may be there all the same
    }
    if (id.empty()) {
      stop(program + " did not submit " + all_.back().submit_file + ": " + answer.why());
    }
    record(id);
    return id;
  }

  void record(std::string const& id) {
    all_.back().job_id = id;
    write_submissions(run_, all_);
  }

  RenderedRun const& run_;
  RunCommand const& command_;
  Queue queue_;
  os::LockFile lock_;
  std::vector<Submission> all_;
};

}  // namespace

std::string submissions_text(RenderedRun const& run, std::vector<Submission> const& all) {
  Json json = Json::object();
  if (!all.empty()) {
    json = json_of(all.back());
  }
  json["schema_version"] = submit_schema;
  json["scheduler"] = core::word_of(run.scheduler);
  json["uuid"] = run.uuid;
  json["earlier"] = Json::array();
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    json["earlier"].push_back(json_of(all[i]));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<Submission> read_submissions(RenderedRun const& run) {
  auto const file = run.directory / submission_name;
  std::error_code error;
  if (!fs::exists(file, error)) {
    return {};
  }
  try {
    auto const json = Json::parse(os::read_file(file));
    if (json.at("uuid").get<std::string>() != run.uuid) {
      throw core::DataError(file.string(),
                            "belongs to another run than the manifest beside it; remove it if that "
                            "was rendered anew");
    }
    std::vector<Submission> all;
    for (auto const& earlier : json.at("earlier")) {
      all.push_back(submission_of(earlier));
    }
    if (json.contains("mark")) {
      all.push_back(submission_of(json));
    }
    return all;
  } catch (nlohmann::json::exception const& problem) {
    throw core::DataError(file.string(), std::string("cannot be read: ") + problem.what());
  }
}

void write_submissions(RenderedRun const& run, std::vector<Submission> const& all) {
  auto const file = run.directory / submission_name;
  if (all.empty()) {
    std::error_code error;
    fs::remove(file, error);
  } else {
    os::publish_text(file, submissions_text(run, all));
  }
}

std::string job_id_in(Scheduler scheduler, std::string const& answer) {
  auto const line = os::last_line(answer);  // a wrapper of a site's own may talk before
  auto const n = std::min(line.find_first_not_of("0123456789"), line.size());
  auto const rest = line.substr(n);
  bool const ends_well = scheduler == Scheduler::slurm ? rest.empty() || rest.front() == ';'
                                                       : rest.empty() || rest.front() == '.';
  return ends_well ? line.substr(0, n) : "";
}

SubmitResult submit(RenderedRun const& run, Files files, Again again, RunCommand const& command) {
  return Submitter(run, command).run(files, again);
}

}  // namespace toyfarm::batch
